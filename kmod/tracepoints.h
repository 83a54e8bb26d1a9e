/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kvmwarden:* for perf, bpftrace and ftrace.
 *
 * Texts are arrays: what __assign_str() takes is not the same in all kernels.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM kvmwarden

#if !defined(KW_TRACEPOINTS_H) || defined(TRACE_HEADER_MULTI_READ)
#define KW_TRACEPOINTS_H

#include <linux/sched.h>
#include <linux/tracepoint.h>
#include <linux/kvmwarden.h>

#include "name.h"

TRACE_EVENT(kvmwarden_denial,
	TP_PROTO(const struct kvmwarden_event *event),
	TP_ARGS(event),
	TP_STRUCT__entry(
		__field(u64, vm)
		__field(u32, pid)
		__field(u32, uid)
		__field(bool, refused)
		__field(u64, limit)
		__field(u64, used)
		__field(u64, asked)
		__field(u64, total)
		__array(char, operation, KW_NAME_ROOM)
		__array(char, reason, KW_NAME_ROOM)
		__array(char, comm, TASK_COMM_LEN)
		__array(char, class_name, KVMWARDEN_NAME_LEN)
	),
	TP_fast_assign(
		__entry->vm = event->vm;
		__entry->pid = event->pid;
		__entry->uid = event->uid;
		strscpy(__entry->operation, kw_operation_name(event->operation),
			KW_NAME_ROOM);
		strscpy(__entry->reason, kw_reason_name(event->reason),
			KW_NAME_ROOM);
		__entry->refused = event->flags & KVMWARDEN_EVENT_REFUSED;
		__entry->limit = event->limit;
		__entry->used = event->used;
		__entry->asked = event->asked;
		__entry->total = event->total;
		memcpy(__entry->comm, event->comm, TASK_COMM_LEN);
		memcpy(__entry->class_name, event->class_name,
		       KVMWARDEN_NAME_LEN);
	),
	TP_printk("vm=%llu pid=%u uid=%u comm=%s class=%s operation=%s reason=%s refused=%d limit=%llu used=%llu asked=%llu total=%llu",
		  __entry->vm, __entry->pid, __entry->uid, __entry->comm,
		  __entry->class_name, __entry->operation, __entry->reason,
		  __entry->refused, __entry->limit, __entry->used,
		  __entry->asked, __entry->total)
);

DECLARE_EVENT_CLASS(kvmwarden_vm,
	TP_PROTO(const struct kvmwarden_event *event),
	TP_ARGS(event),
	TP_STRUCT__entry(
		__field(u64, vm)
		__field(u32, pid)
		__field(u32, uid)
		__array(char, comm, TASK_COMM_LEN)
		__array(char, class_name, KVMWARDEN_NAME_LEN)
	),
	TP_fast_assign(
		__entry->vm = event->vm;
		__entry->pid = event->pid;
		__entry->uid = event->uid;
		memcpy(__entry->comm, event->comm, TASK_COMM_LEN);
		memcpy(__entry->class_name, event->class_name,
		       KVMWARDEN_NAME_LEN);
	),
	TP_printk("vm=%llu pid=%u uid=%u comm=%s class=%s",
		  __entry->vm, __entry->pid, __entry->uid, __entry->comm,
		  __entry->class_name)
);

#define KW_VM_EVENT(_name)						\
DEFINE_EVENT(kvmwarden_vm, _name,					\
	TP_PROTO(const struct kvmwarden_event *event),			\
	TP_ARGS(event))

KW_VM_EVENT(kvmwarden_vm_created);
KW_VM_EVENT(kvmwarden_vm_adopted);
KW_VM_EVENT(kvmwarden_vm_destroyed);
KW_VM_EVENT(kvmwarden_vm_set);

/* All that is done about policy. */
TRACE_EVENT(kvmwarden_policy,
	TP_PROTO(const struct kvmwarden_event *event),
	TP_ARGS(event),
	TP_STRUCT__entry(
		__field(u32, pid)
		__field(u32, uid)
		__field(u32, mode)
		__field(u64, generation)
		__field(u64, version)
		__array(char, op, KW_NAME_ROOM)
		__array(u8, digest, KVMWARDEN_DIGEST_LEN)
		__array(char, comm, TASK_COMM_LEN)
	),
	TP_fast_assign(
		__entry->pid = event->pid;
		__entry->uid = event->uid;
		__entry->mode = event->mode;
		__entry->generation = event->generation;
		__entry->version = event->version;
		strscpy(__entry->op, kw_event_name(event->type), KW_NAME_ROOM);
		memcpy(__entry->digest, event->digest, KVMWARDEN_DIGEST_LEN);
		memcpy(__entry->comm, event->comm, TASK_COMM_LEN);
	),
	TP_printk("op=%s pid=%u uid=%u comm=%s mode=%u generation=%llu version=%llu",
		  __entry->op, __entry->pid, __entry->uid, __entry->comm,
		  __entry->mode, __entry->generation, __entry->version)
);

TRACE_EVENT(kvmwarden_hook,
	TP_PROTO(const struct kvmwarden_event *event),
	TP_ARGS(event),
	TP_STRUCT__entry(
		__field(u32, state)
		__field(int, error)
		__array(char, function, KVMWARDEN_NAME_LEN)
	),
	TP_fast_assign(
		__entry->state = event->hook_state;
		__entry->error = event->hook_error;
		memcpy(__entry->function, event->function, KVMWARDEN_NAME_LEN);
	),
	TP_printk("function=%s state=%u error=%d", __entry->function,
		  __entry->state, __entry->error)
);

#endif /* KW_TRACEPOINTS_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE tracepoints
#include <trace/define_trace.h>

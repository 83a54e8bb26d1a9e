// SPDX-License-Identifier: GPL-2.0
/* Tracepoints: events as they happen, each request for itself. */
#include <linux/string.h>

#define CREATE_TRACE_POINTS
#include "tracepoints.h"

#include "trace.h"

/**
 * kw_trace() - hit the tracepoint of an event
 * @event: the event
 *
 * Context: process context; does not sleep.
 */
void kw_trace(const struct kvmwarden_event *event)
{
	switch (event->type) {
	case KVMWARDEN_EVENT_DENIAL:
		trace_kvmwarden_denial(event);
		break;
	case KVMWARDEN_EVENT_VM_CREATED:
		trace_kvmwarden_vm_created(event);
		break;
	case KVMWARDEN_EVENT_VM_ADOPTED:
		trace_kvmwarden_vm_adopted(event);
		break;
	case KVMWARDEN_EVENT_VM_DESTROYED:
		trace_kvmwarden_vm_destroyed(event);
		break;
	case KVMWARDEN_EVENT_VM_SET:
		trace_kvmwarden_vm_set(event);
		break;
	case KVMWARDEN_EVENT_HOOK:
	case KVMWARDEN_EVENT_CANARY:
		trace_kvmwarden_hook(event);
		break;
	default:
		trace_kvmwarden_policy(event);
	}
}

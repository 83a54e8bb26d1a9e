/* SPDX-License-Identifier: GPL-2.0 */
/* Tracepoints: events as they happen, each request for itself. */
#ifndef KW_TRACE_H
#define KW_TRACE_H

#include <linux/kvmwarden.h>

void kw_trace(const struct kvmwarden_event *event);

#endif /* KW_TRACE_H */

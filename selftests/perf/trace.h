/* SPDX-License-Identifier: GPL-2.0 */
/* What is executed in a call. */
#ifndef TRACE_H
#define TRACE_H

int trace_calls(char **args);

#endif /* TRACE_H */

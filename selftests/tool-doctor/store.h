/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TOOL_DOCTOR_STORE_H
#define TOOL_DOCTOR_STORE_H

/*
 * What a module with rulesets answers; they are kept in the file @path. The
 * negative errno -ENOTTY: not to this.
 */
int store_answer(const char *path, unsigned long request, void *arg);

#endif

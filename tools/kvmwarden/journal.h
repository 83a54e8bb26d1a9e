/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVMWARDEN_JOURNAL_H
#define KVMWARDEN_JOURNAL_H

#include <linux/kvmwarden.h>

/* Returns an exit code, having said what is wrong */
int journal_open(void);
/* 0 or a negative errno */
int journal_send(const struct kvmwarden_event *event);

#endif

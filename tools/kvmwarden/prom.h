/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The text format of Prometheus.
 */
#ifndef KVMWARDEN_PROM_H
#define KVMWARDEN_PROM_H

#include <stdbool.h>
#include <stdio.h>

#include <linux/types.h>

#include "tool.h"

#define PROM_NAME_LEN	96
#define PROM_HELP_LEN	160

/* What is being written */
struct prom {
	FILE *to;
	char name[PROM_NAME_LEN];
	const char *type;
	char help[PROM_HELP_LEN];
	bool begun;			/* it has samples */
	bool labelled;			/* the sample has labels */
};

/*
 * A metric, of which samples follow; without any, nothing is written. All that
 * are of one metric must come together.
 */
void prom_gauge(struct prom *p, const char *name, const char *help);
void prom_counter(struct prom *p, const char *name, const char *help);

/* One sample */
void prom_begin(struct prom *p);
void prom_label(struct prom *p, const char *name, const char *value);
void prom_label_number(struct prom *p, const char *name, __u64 value);
void prom_end(struct prom *p, __u64 value);

/* A gauge of one sample, without labels */
void prom_single(struct prom *p, const char *name, const char *help,
		 __u64 value);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVMWARDEN_TOP_DETAIL_H
#define KVMWARDEN_TOP_DETAIL_H

#include "top_view.h"

/* All limits and denials of a VM, in @lines lines; returns how many it took */
int detail_draw(struct canvas *canvas, int y, int lines,
		const struct top_vm *vm);

#endif

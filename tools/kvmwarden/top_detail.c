// SPDX-License-Identifier: GPL-2.0-only
/*
 * One VM, below top's table.
 */
#include <stdlib.h>
#include <string.h>

#include "denial.h"
#include "limit.h"
#include "names.h"
#include "table.h"
#include "tool.h"
#include "top_detail.h"

#define INDENT	12
#define BAR_MAX	40
#define OWN	"  set for this VM"
/* A title, the cgroup, and all that there can be */
#define LINES	(2 + KVMWARDEN_NR_LIMITS + KVMWARDEN_REASONS_MAX)

static void draw_limit(struct canvas *canvas, int y,
		       const struct kvmwarden_vm *vm, enum kvmwarden_limit i)
{
	int width = canvas->width - INDENT - (int)strlen(OWN);
	char used[AMOUNT_LEN], most[AMOUNT_LEN], *text;

	if (width > BAR_MAX)
		width = BAR_MAX;
	text = table_share(limit_human(used, i, vm->used.of[i]),
			   limit_human(most, i, vm->limit.of[i]));
	canvas_put(canvas, y, 0, STYLE_PLAIN, limits[i].text);
	canvas_bar(canvas, y, INDENT, width, vm->used.of[i], vm->limit.of[i],
		   text);
	if (vm->own_limits & 1ULL << i)
		canvas_put(canvas, y, INDENT + width, STYLE_PLAIN, OWN);
	free(text);
}

/* Returns how many lines there are */
static int draw_denials(struct canvas *canvas, int y,
			const struct kvmwarden_denials *denials)
{
	int i, lines = 0;

	for (i = 0; i < KVMWARDEN_REASONS_MAX; i++) {
		if (denials->denied[i] || denials->permitted[i])
			canvas_line(canvas, y + lines++, 0, STYLE_HIGH,
				    denial_text(denials, i));
	}
	if (!lines)
		canvas_put(canvas, y + lines++, 0, STYLE_PLAIN, "no denials");
	return lines;
}

static char *title(const struct top_vm *vm)
{
	char name[NAME_LEN];

	return text_of("VM %llu %s: pid %u, user %s, class %s, %s, nested %s",
		       (unsigned long long)vm->vm.id, vm->name, vm->vm.pid,
		       printable(user_name(name, vm->vm.uid)),
		       printable(vm->vm.class_name), mode_name(vm->vm.mode),
		       nested_name(vm->vm.deny));
}

/* Returns how many lines there are, vCPUs and memory and what hurts first */
static int draw_all(struct canvas *canvas, const struct top_vm *vm)
{
	int i, y = 0;

	canvas_style(canvas, y, 0, canvas->width, STYLE_HEAD);
	canvas_line(canvas, y++, 0, STYLE_HEAD, title(vm));
	draw_limit(canvas, y++, &vm->vm, KVMWARDEN_LIMIT_VCPUS);
	draw_limit(canvas, y++, &vm->vm, KVMWARDEN_LIMIT_MEMORY);
	y += draw_denials(canvas, y, &vm->vm.denials);
	for (i = 0; i < KVMWARDEN_NR_LIMITS; i++) {
		if (i != KVMWARDEN_LIMIT_VCPUS && i != KVMWARDEN_LIMIT_MEMORY)
			draw_limit(canvas, y++, &vm->vm, i);
	}
	canvas_line(canvas, y++, 0, STYLE_PLAIN,
		    text_of("cgroup %s", *vm->cgroup ? vm->cgroup : "unknown"));
	return y;
}

int detail_draw(struct canvas *canvas, int y, int lines,
		const struct top_vm *vm)
{
	struct canvas all;
	int count;

	canvas_new(&all, canvas->width, LINES);
	count = draw_all(&all, vm);
	if (count > lines && lines > 1) {
		canvas_clear(&all, lines - 1);
		canvas_line(&all, lines - 1, 0, STYLE_TITLE,
			    text_of("... %d more: kvmwarden show %llu",
				    count - lines + 1,
				    (unsigned long long)vm->vm.id));
	}
	if (count > lines)
		count = lines;
	canvas_copy(canvas, y, &all, count);
	canvas_free(&all);
	return count;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * top's heading: the host, and what guards it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "amount.h"
#include "confirm.h"
#include "denial.h"
#include "device.h"
#include "names.h"
#include "table.h"
#include "tool.h"
#include "top_head.h"

#define INDENT	11
#define BAR_MAX	38
#define ASIDE	30		/* what stands beside a bar */

/* --- what is told --------------------------------------------------------- */

static const char *state_text(const struct kvmwarden_status *st)
{
	if (!(st->state & KVMWARDEN_STATE_ARMED))
		return "DISARMED: nothing is enforced";
	if (!(st->state & KVMWARDEN_STATE_CANARY))
		return "BROKEN: hooks may not fire; see kvmwarden status";
	if (st->state & KVMWARDEN_STATE_LAYOUT_BAD)
		return "WRONG BUILD: new VMs are refused; see kvmwarden status";
	return "armed, canary ok";
}

static unsigned int hooks_in(const struct hooks *hooks, __u32 state)
{
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < hooks->count; i++)
		n += hooks->list[i].state == state;
	return n;
}

/* Nothing of those of which there are none, or that are of no interest */
static char *hooks_text(const struct hooks *hooks)
{
	static const __u32 states[] = {
		KVMWARDEN_HOOK_ARMED, KVMWARDEN_HOOK_WAITING,
		KVMWARDEN_HOOK_MISSING, KVMWARDEN_HOOK_FAILED,
		KVMWARDEN_HOOK_STUCK
	};
	const char *joint = "hooks ";
	char *longer, *text = copy_of("");
	unsigned int n;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(states); i++) {
		n = hooks_in(hooks, states[i]);
		if (!n)
			continue;
		longer = text_of("%s%s%u %s", text, joint, n,
				 hook_state_name(states[i]));
		free(text);
		text = longer;
		joint = ", ";
	}
	return text;
}

static bool lacks_hooks(const struct hooks *hooks)
{
	return hooks_in(hooks, KVMWARDEN_HOOK_MISSING) ||
	       hooks_in(hooks, KVMWARDEN_HOOK_FAILED) ||
	       hooks_in(hooks, KVMWARDEN_HOOK_STUCK);
}

static char *policy_text(const struct kvmwarden_status *st)
{
	const char *locked = st->state & KVMWARDEN_STATE_LOCKED ? ", LOCKED" :
								  "";

	if (!st->generation)
		return copy_of("none yet; to put one in force: kvmwarden apply");
	if (st->state & KVMWARDEN_STATE_CONFIRM)
		return text_of("version %llu, generation %llu, AWAITS CONFIRMATION, %u s left",
			       (unsigned long long)st->version,
			       (unsigned long long)st->generation,
			       confirm_seconds(st));
	return text_of("version %llu, generation %llu, mode %s, %u class%s%s",
		       (unsigned long long)st->version,
		       (unsigned long long)st->generation, mode_name(st->mode),
		       st->classes, st->classes == 1 ? "" : "es", locked);
}

static char *denials_text(const struct sample *sample)
{
	char sum[AMOUNT_LEN], rate[AMOUNT_LEN];

	return text_of("denied %s, %s/s",
		       amount_short(sum, denials_sum(&sample->status.denials)),
		       amount_rate(rate, sample->denial_rate));
}

static char *exits_text(const struct sample *sample)
{
	char rate[AMOUNT_LEN];

	return text_of("exits %s/s", amount_rate(rate, sample->exit_rate));
}

static char *shown_text(const struct sample *sample, const struct view *view,
			size_t shown)
{
	if (!*view->filter)
		return text_of("by %s%s", top_heads[view->sort].text,
			       view->reverse ? ", reversed" : "");
	return text_of("%zu of %zu VMs: /%s", shown, sample->nr_vms,
		       view->filter);
}

/* --- small ---------------------------------------------------------------- */

static char *short_state(const struct sample *sample)
{
	const struct kvmwarden_status *st = &sample->status;
	char *denied, *text;

	denied = denials_text(sample);
	text = text_of("%s%s, %zu VM%s, %s",
		       device_is_sound(st) ? "armed" : "NOT IN FORCE",
		       st->state & KVMWARDEN_STATE_LOCKED ? ", LOCKED" : "",
		       sample->nr_vms, plural(sample->nr_vms), denied);
	free(denied);
	return text;
}

static char *short_use(const struct kvmwarden_status *st)
{
	char used[3][AMOUNT_LEN], most[3][AMOUNT_LEN];
	char *vms, *vcpus, *memory, *text;

	vms = table_share(amount_count(used[0], st->used.vms),
			  amount_count(most[0], st->limit.vms));
	vcpus = table_share(amount_count(used[1], st->used.vcpus),
			    amount_count(most[1], st->limit.vcpus));
	memory = table_share(amount_human(used[2], st->used.memory),
			     amount_human(most[2], st->limit.memory));
	text = text_of("host %s VMs, %s vCPUs, %s", vms, vcpus, memory);
	free(vms);
	free(vcpus);
	free(memory);
	return text;
}

static void draw_short(struct canvas *canvas, int lines,
		       const struct sample *sample)
{
	const struct kvmwarden_status *st = &sample->status;

	canvas_line(canvas, 0, 0,
		    device_is_sound(st) ? STYLE_TITLE : STYLE_ALARM,
		    short_state(sample));
	if (lines > 1)
		canvas_line(canvas, 1, 0, STYLE_PLAIN, short_use(st));
}

/* --- large ---------------------------------------------------------------- */

/* Where there is room */
static void draw_clock(struct canvas *canvas, int y, int end,
		       const struct sample *sample, const struct view *view)
{
	char clock[32] = "", text[64];
	struct tm tm;

	if (localtime_r(&sample->time, &tm))
		strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	if (view->paused)
		snprintf(text, sizeof(text), "PAUSED at %s", clock);
	else
		snprintf(text, sizeof(text), "%s", clock);
	if (end + 1 + (int)strlen(text) <= canvas->width)
		canvas_put_right(canvas, y, canvas->width,
				 view->paused ? STYLE_ALARM : STYLE_PLAIN,
				 text);
}

static void draw_state(struct canvas *canvas, int y,
		       const struct sample *sample, const struct view *view)
{
	const struct kvmwarden_status *st = &sample->status;
	bool sound = device_is_sound(st);
	char *hooks;
	int x;

	canvas_put(canvas, y, 0, STYLE_TITLE, "kvmwarden");
	x = canvas_put(canvas, y, INDENT, sound ? STYLE_PLAIN : STYLE_ALARM,
		       state_text(st));
	if (sound) {
		hooks = hooks_text(&sample->hooks);
		x = canvas_put(canvas, y, x, STYLE_PLAIN, *hooks ? ", " : "");
		x = canvas_put(canvas, y, x, lacks_hooks(&sample->hooks) ?
			       STYLE_ALARM : STYLE_PLAIN, hooks);
		free(hooks);
	}
	if (!view->plain)
		draw_clock(canvas, y, x, sample, view);
}

static void draw_policy(struct canvas *canvas, int y,
			const struct kvmwarden_status *st)
{
	canvas_put(canvas, y, 0, STYLE_TITLE, "policy");
	canvas_line(canvas, y, INDENT, st->state & KVMWARDEN_STATE_CONFIRM ?
		    STYLE_ALARM : STYLE_PLAIN, policy_text(st));
}

/* Takes over @aside */
static void draw_use(struct canvas *canvas, int y, const char *what,
		     __u64 used, __u64 limit, bool bytes, char *aside)
{
	const char *(*amount)(char *buf, __u64) = bytes ? amount_human :
							  amount_count;
	int width = canvas->width - INDENT - ASIDE;
	char a[AMOUNT_LEN], b[AMOUNT_LEN], *text;

	text = table_share(amount(a, used), amount(b, limit));
	if (width > BAR_MAX)
		width = BAR_MAX;
	canvas_put(canvas, y, 0, STYLE_TITLE, what);
	canvas_bar(canvas, y, INDENT, width, used, limit, text);
	canvas_line(canvas, y, INDENT + width + 2, STYLE_PLAIN, aside);
	free(text);
}

static void draw_large(struct canvas *canvas, int y,
		       const struct sample *sample, const struct view *view,
		       size_t shown)
{
	const struct kvmwarden_status *st = &sample->status;

	draw_state(canvas, y, sample, view);
	draw_policy(canvas, y + 1, st);
	draw_use(canvas, y + 2, "VMs", st->used.vms, st->limit.vms, false,
		 denials_text(sample));
	draw_use(canvas, y + 3, "vCPUs", st->used.vcpus, st->limit.vcpus,
		 false, exits_text(sample));
	draw_use(canvas, y + 4, "memory", st->used.memory, st->limit.memory,
		 true, shown_text(sample, view, shown));
}

int head_lines(int width, int height)
{
	if (height < 8)
		return 1;
	return height < 16 || width < 2 * ASIDE ? 2 : HEAD_LINES;
}

void head_draw(struct canvas *canvas, int y, int lines,
	       const struct sample *sample, const struct view *view,
	       size_t shown)
{
	if (lines < HEAD_LINES)
		draw_short(canvas, lines, sample);
	else
		draw_large(canvas, y, sample, view, shown);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * What a security module (LSM) calls a task.
 *
 * Of AppArmor, SELinux and Smack none sleeps in any of this: they allocate with
 * GFP_ATOMIC and look up under RCU or spin locks. AppArmor holds no reference
 * on the label between the two calls; that we are under RCU all along keeps it.
 * Some kernels let sleeping BPF programs be attached to the first call, though
 * the kernel itself makes it where nobody may sleep.
 */
#include <linux/errno.h>
#include <linux/string.h>

#include "label.h"

#if defined(KW_HAVE_LABEL_OF_PROP)

static int ask(struct kw_label *label, struct task_struct *task)
{
	struct lsm_prop prop;
	int err;

	security_task_getlsmprop_obj(task, &prop);
	err = security_lsmprop_to_secctx(&prop, &label->said, LSM_ID_UNDEF);
	if (err < 0)
		return err;
	label->text = label->said.context;
	label->len = label->said.len;
	return 0;
}

static void give_back(struct kw_label *label)
{
	security_release_secctx(&label->said);
}

#elif defined(KW_HAVE_LABEL_OF_SECID_OBJ) || defined(KW_HAVE_LABEL_OF_SECID)

#ifndef KW_HAVE_LABEL_OF_SECID_OBJ
#define security_task_getsecid_obj	security_task_getsecid
#endif

static int ask(struct kw_label *label, struct task_struct *task)
{
	u32 secid;
	int err;

	security_task_getsecid_obj(task, &secid);
	err = security_secid_to_secctx(secid, &label->said, &label->said_len);
	if (err < 0)
		return err;
	label->text = label->said;
	label->len = label->said_len;
	return 0;
}

static void give_back(struct kw_label *label)
{
	security_release_secctx(label->said, label->said_len);
}

#else

static int ask(struct kw_label *label, struct task_struct *task)
{
	return -EOPNOTSUPP;
}

static void give_back(struct kw_label *label)
{
}

#endif

/*
 * SELinux counts the final NUL and AppArmor does not. That puts the profile's
 * mode behind its name, " (enforce)", but only on some kernels, or when it has
 * been asked to: what a label matches must not depend on that.
 */
static size_t bare_len(const char *text, size_t len)
{
	size_t end;

	len = strnlen(text, len);
	if (!len || text[len - 1] != ')')
		return len;
	for (end = len - 1; end > 1; end--)
		if (text[end] == '(')
			return text[end - 1] == ' ' ? end - 1 : len;
	return len;
}

/**
 * kw_label_get() - ask what a task is called
 * @label: to be given to kw_label_put() after a success
 * @task: the task, alive
 *
 * Context: under RCU; does not sleep.
 * Return: 0; -EOPNOTSUPP if there is no security module that has labels, or
 * none that we know how to ask; or another negative errno.
 */
int kw_label_get(struct kw_label *label, struct task_struct *task)
{
	int err;

	memset(label, 0, sizeof(*label));
	err = ask(label, task);
	if (!err)
		label->len = bare_len(label->text, label->len);
	return err;
}

/**
 * kw_label_put() - give back what kw_label_get() got
 * @label: the label
 *
 * Context: under RCU; does not sleep.
 */
void kw_label_put(struct kw_label *label)
{
	if (label->text)
		give_back(label);
	memset(label, 0, sizeof(*label));
}

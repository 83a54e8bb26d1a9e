/* SPDX-License-Identifier: GPL-2.0 */
/* The ioctls, and the errors that the header lists for each. */
#ifndef CALLS_H
#define CALLS_H

struct kind {
	unsigned int cmd;
	__u32 size;
	int errors[10];
};

static const int common_errors[] = {
	EPERM, EFAULT, EINVAL, E2BIG, ENOTTY, ENOMEM, EINTR,
};

static const struct kind kinds[] = {
	{ KVMWARDEN_STATUS, sizeof(struct kvmwarden_status), { 0 } },
	{ KVMWARDEN_HOOK_GET, sizeof(struct kvmwarden_hook), { ENOENT } },
	{ KVMWARDEN_VM_NEXT, sizeof(struct kvmwarden_vm), { ENOENT } },
	{ KVMWARDEN_CLASS_GET, sizeof(struct kvmwarden_class), { ENOENT } },
	{ KVMWARDEN_RULESET_BEGIN, sizeof(struct kvmwarden_ruleset),
	  { EMFILE } },
	{ KVMWARDEN_DISARM, sizeof(struct kvmwarden_disarm), { EROFS, EIO } },
	{ KVMWARDEN_VM_SET, sizeof(struct kvmwarden_vm_set),
	  { ENOENT, EROFS, EOPNOTSUPP, EIO } },
	{ KVMWARDEN_CGROUP_GET, sizeof(struct kvmwarden_cgroup), { ENOENT } },
	{ KVMWARDEN_ACCOUNT_NEXT, sizeof(struct kvmwarden_account),
	  { ENOENT } },
	{ KVMWARDEN_CONFIRM, sizeof(struct kvmwarden_confirm),
	  { ENOENT, ESTALE } },
	{ KVMWARDEN_LOCK, sizeof(struct kvmwarden_lock), { EBUSY, ENOENT } },
	{ KVMWARDEN_RULESET_ADD, sizeof(struct kvmwarden_class),
	  { ENOSPC, EBADFD, EBADF, EOPNOTSUPP } },
	{ KVMWARDEN_RULESET_COMMIT, sizeof(struct kvmwarden_commit),
	  { ESTALE, EBUSY, EROFS, EOPNOTSUPP, EIO, EBADFD, ENOSPC } },
	{ KVMWARDEN_RULESET_ADD_CGROUP, sizeof(struct kvmwarden_cgroup),
	  { ENOSPC, EBADFD } },
};

#define NR_KINDS	ARRAY_SIZE(kinds)

static const struct kind *kind_of(unsigned int cmd)
{
	unsigned int i;

	for (i = 0; i < NR_KINDS; i++)
		if (kinds[i].cmd == cmd)
			return &kinds[i];
	return NULL;
}

static _Bool is_one_of(int err, const int *errors, unsigned int nr)
{
	while (nr--)
		if (*errors++ == err)
			return 1;
	return 0;
}

/* Is that an error that the header lists for this ioctl, or for any? */
static _Bool is_listed(unsigned int cmd, int err)
{
	const struct kind *kind = kind_of(cmd);

	return is_one_of(err, common_errors,
			 ARRAY_SIZE(common_errors)) ||
	       (kind && is_one_of(err, kind->errors,
				  ARRAY_SIZE(kind->errors)));
}

#endif /* CALLS_H */

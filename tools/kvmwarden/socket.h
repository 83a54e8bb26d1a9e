/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVMWARDEN_SOCKET_H
#define KVMWARDEN_SOCKET_H

#include "process.h"
#include "several.h"

/* TCP sockets that listen, to more than the host itself */
struct sockets {
	struct socket *list;
	size_t count;
};

void sockets_read(struct sockets *sockets, const struct host *host);
/* Somebody listens on @port */
bool sockets_have(const struct sockets *sockets, unsigned int port);
void sockets_free(struct sockets *sockets);
/* Those of @process, as "port 5900 of qemu-system-x86[17]" */
void sockets_add_ports(const struct sockets *sockets, const struct host *host,
		       const struct process *process, struct several *ports);

#endif

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who listens to the network, in the namespace of the host's first process.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "socket.h"
#include "tool.h"

#define STATE_LISTEN	0x0a

struct socket {
	unsigned long inode;
	unsigned int port;
};

/* Eight digits are a word of it, as it is in memory */
static bool is_loopback(const char *address)
{
	struct in6_addr six;
	unsigned int word, i;

	if (strlen(address) == 8 && sscanf(address, "%8x", &word) == 1)
		return ntohl(word) >> 24 == IN_LOOPBACKNET;
	for (i = 0; i < 4; i++) {
		if (sscanf(address + 8 * i, "%8x", &word) != 1)
			return false;
		memcpy(&six.s6_addr[4 * i], &word, sizeof(word));
	}
	if (IN6_IS_ADDR_V4MAPPED(&six))
		return six.s6_addr[12] == IN_LOOPBACKNET;
	return IN6_IS_ADDR_LOOPBACK(&six);
}

/* "0: 00000000:170C 00000000:0000 0A 0:0 00:0 0 0 0 12345 ..." */
static void add_line(struct sockets *sockets, const char *line)
{
	struct socket socket;
	char address[33] = "";
	unsigned int state;

	if (sscanf(line, " %*u: %32[0-9A-Fa-f]:%x %*s %x %*s %*s %*s %*s %*s %lu",
		   address, &socket.port, &state, &socket.inode) != 4)
		return;
	if (strlen(address) != 8 && strlen(address) != 32)
		return;
	if (state != STATE_LISTEN || is_loopback(address))
		return;
	sockets->list = grow(sockets->list, sockets->count, sizeof(socket));
	sockets->list[sockets->count++] = socket;
}

static void read_file(struct sockets *sockets, const struct host *host,
		      const char *path)
{
	FILE *file = host_file(host, path);
	char *line;

	if (!file)
		return;
	while (next_line(file, &line)) {
		add_line(sockets, line);
		free(line);
	}
	fclose(file);
}

void sockets_read(struct sockets *sockets, const struct host *host)
{
	*sockets = (struct sockets) { .count = 0 };
	read_file(sockets, host, "/proc/1/net/tcp");
	read_file(sockets, host, "/proc/1/net/tcp6");
}

bool sockets_have(const struct sockets *sockets, unsigned int port)
{
	size_t i;

	for (i = 0; i < sockets->count; i++) {
		if (sockets->list[i].port == port)
			return true;
	}
	return false;
}

void sockets_free(struct sockets *sockets)
{
	free(sockets->list);
}

static bool read_inode(int dir, const char *name, unsigned long *inode)
{
	char link[64];
	ssize_t len = readlinkat(dir, name, link, sizeof(link) - 1);

	if (len < 0)
		return false;
	link[len] = '\0';
	return sscanf(link, "socket:[%lu]", inode) == 1;
}

static void add_port(const struct sockets *sockets, unsigned long inode,
		     const struct process *process, struct several *ports)
{
	size_t i;

	for (i = 0; i < sockets->count; i++) {
		if (sockets->list[i].inode == inode)
			several_add(ports, "port %u of %s",
				    sockets->list[i].port,
				    process_text(process));
	}
}

void sockets_add_ports(const struct sockets *sockets, const struct host *host,
		       const struct process *process, struct several *ports)
{
	char *path = process_path(process, "fd");
	int dir = host_open(host, path, O_RDONLY | O_DIRECTORY);
	struct host_names fds;
	unsigned long inode;
	size_t i;

	host_list(host, path, &fds);
	for (i = 0; dir >= 0 && i < fds.count; i++) {
		if (read_inode(dir, fds.list[i], &inode))
			add_port(sockets, inode, process, ports);
	}
	if (dir >= 0)
		close(dir);
	host_names_free(&fds);
	free(path);
}

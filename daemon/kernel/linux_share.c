/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which of several sockets of one port a datagram goes to: a filter in the kernel decides it by the
 * mode in the datagram's first byte and by its source address.
 */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <linux/filter.h>
#include <sys/socket.h>

#include "daemon/kernel/linux.h"

#ifndef SO_ATTACH_REUSEPORT_CBPF
#define SO_ATTACH_REUSEPORT_CBPF 51
#endif

/* NTP's mode of requests. */
#define MODE_CLIENT 3

/* Knuth's multiplier: neighbours go different ways. */
#define SCATTER 2654435761u

/* Where the source address is in the headers of IP, and its words. */
#define SOURCE_IP4 12
#define SOURCE_IP6 8
#define WORDS_IP6  4

int linux_share(struct kernel *k, int fd, enum address_family family, unsigned n)
{
	int source = family == ADDRESS_IP6 ? SOURCE_IP6 : SOURCE_IP4;
	int words = family == ADDRESS_IP6 ? WORDS_IP6 : 1;
	struct sock_filter code[24];
	unsigned short length = 0;
	struct sock_fprog program = {.filter = code};

	(void)k;
	if (n == 0)
		return -EINVAL;
	code[length++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0);
	code[length++] = (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 7);
	code[length++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MODE_CLIENT, 1, 0);
	code[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 0);
	code[length++] =
		(struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, SKF_NET_OFF + source);
	for (int i = 1; i < words; i++) {
		code[length++] = (struct sock_filter)BPF_STMT(BPF_MISC | BPF_TAX, 0);
		code[length++] = (struct sock_filter)BPF_STMT(
			BPF_LD | BPF_W | BPF_ABS, SKF_NET_OFF + source + 4 * i);
		code[length++] = (struct sock_filter)BPF_STMT(BPF_ALU | BPF_XOR | BPF_X, 0);
	}
	code[length++] = (struct sock_filter)BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, SCATTER);
	code[length++] = (struct sock_filter)BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 16);
	code[length++] = (struct sock_filter)BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, n);
	code[length++] = (struct sock_filter)BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, 1);
	code[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_A, 0);
	program.len = length;
	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof(program)) < 0)
		return -errno;
	return 0;
}

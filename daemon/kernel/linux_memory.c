/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Shared memory of System V, which other programs write samples to.
 */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <unistd.h>

#include "daemon/kernel/linux.h"

int linux_memory_attach(struct kernel *k, int32_t key, size_t size, unsigned mode, void **ret)
{
	int id = shmget(key, size, IPC_CREAT | (int)(mode & 0777));
	void *p;

	(void)k;
	if (id < 0)
		return -errno;
	p = shmat(id, NULL, 0);
	if ((intptr_t)p == -1)
		return -errno;
	*ret = p;
	return id;
}

int linux_memory_state(struct kernel *k, int32_t key, int id, struct kernel_memory *ret)
{
	struct shmid_ds s;

	(void)k;
	/* Asks for no right, so that it can be told without any: of root's segment too. */
	if (shmget(key, 0, 0) != id)
		return -EIDRM;
	if (shmctl(id, IPC_STAT, &s) < 0) {
		/* A libc that only makes the segment up (an interposer) has it, the kernel does
		 * not: then nobody else can have made it, or write to it. */
		if (errno != EINVAL)
			return -errno;
		*ret = (struct kernel_memory){0};
		return 0;
	}
	*ret = (struct kernel_memory){.mode = s.shm_perm.mode & 0777,
		.foreign = s.shm_perm.uid != 0 && s.shm_perm.uid != geteuid()};
	return 0;
}

void linux_memory_detach(struct kernel *k, void *memory)
{
	(void)k;
	shmdt(memory);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Filters of system calls, by libseccomp. Calls are named rather than numbered: what an
 * architecture or the library does not know is nothing that could be called.
 */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAVE_LIBSECCOMP
#include <seccomp.h>
#include <sys/socket.h>
#endif

#include "common/text.h"
#include "daemon/os/filter.h"

#ifdef HAVE_LIBSECCOMP
/* Level 1: what this program, the C library's resolver and the TLS libraries call. socket is not
 * here, as not every family is kept. */
static const char *const kept[] = {
	/* clocks, waiting, timers */
	"adjtimex", "alarm", "clock_adjtime", "clock_adjtime64", "clock_getres",
	"clock_getres_time64", "clock_gettime", "clock_gettime64", "clock_nanosleep",
	"clock_nanosleep_time64", "clock_settime", "clock_settime64", "getitimer", "gettimeofday",
	"nanosleep", "setitimer", "settimeofday", "time", "timer_create", "timer_delete",
	"timer_settime", "timer_settime64", "epoll_create1", "epoll_ctl", "epoll_pwait",
	"epoll_wait", "eventfd2", "poll", "ppoll", "ppoll_time64", "pselect6", "pselect6_time64",
	"select", "_newselect", "timerfd_create", "timerfd_gettime", "timerfd_settime",
	"restart_syscall",
	/* sockets */
	"accept", "accept4", "bind", "connect", "getpeername", "getsockname", "getsockopt",
	"listen", "recv", "recvfrom", "recvmmsg", "recvmmsg_time64", "recvmsg", "send", "sendmmsg",
	"sendmsg", "sendto", "setsockopt", "shutdown", "socketpair",
	/* files and what is behind them */
	"access", "chmod", "chown", "chown32", "close", "close_range", "creat", "dup", "dup2",
	"dup3", "faccessat", "faccessat2", "fadvise64", "fallocate", "fchdir", "chdir", "fchmod",
	"fchmodat", "fchown", "fchown32", "fchownat", "fcntl", "fcntl64", "fdatasync", "flock",
	"fstat", "fstat64", "fstatat64", "fstatfs", "fstatfs64", "fsync", "ftruncate",
	"ftruncate64", "getcwd", "getdents", "getdents64", "ioctl", "lchown", "lchown32", "link",
	"linkat", "llseek", "_llseek", "lseek", "lstat", "lstat64", "mkdir", "mkdirat",
	"newfstatat", "open", "openat", "openat2", "pipe", "pipe2", "pread64", "preadv", "pwrite64",
	"pwritev", "read", "readlink", "readlinkat", "readv", "rename", "renameat", "renameat2",
	"rmdir", "stat", "stat64", "statfs", "statfs64", "statx", "symlink", "symlinkat",
	"sync_file_range", "truncate", "truncate64", "umask", "unlink", "unlinkat", "utimensat",
	"write", "writev",
	/* shared memory */
	"shmat", "shmctl", "shmdt", "shmget",
	/* memory, threads, processes of our own */
	"arch_prctl", "brk", "clone", "clone3", "exit", "exit_group", "fork", "futex",
	"futex_time64", "get_mempolicy", "get_robust_list", "getpriority", "madvise", "mbind",
	"membarrier", "memfd_create", "mincore", "mlock", "mlock2", "mlockall", "mmap", "mmap2",
	"mprotect", "mremap", "msync", "munlock", "munlockall", "munmap", "prctl", "prlimit64",
	"rseq", "sched_get_priority_max", "sched_get_priority_min", "sched_getaffinity",
	"sched_getparam", "sched_getscheduler", "sched_setaffinity", "sched_setparam",
	"sched_setscheduler", "sched_yield", "set_robust_list", "set_thread_area",
	"set_tid_address", "set_tls", "setpriority", "setsid", "vfork", "wait4", "waitid",
	"waitpid",
	/* who and where we are */
	"capget", "capset", "getcpu", "getegid", "getegid32", "geteuid", "geteuid32", "getgid",
	"getgid32", "getgroups", "getgroups32", "getpgid", "getpgrp", "getpid", "getppid",
	"getrandom", "getresgid", "getresgid32", "getresuid", "getresuid32", "getrlimit",
	"getrusage", "getsid", "gettid", "getuid", "getuid32", "setrlimit", "sysinfo", "ugetrlimit",
	"uname", "times",
	/* signals; kill ends processes that were started here */
	"kill", "pause", "rt_sigaction", "rt_sigpending", "rt_sigprocmask", "rt_sigqueueinfo",
	"rt_sigreturn", "rt_sigsuspend", "rt_sigtimedwait", "rt_sigtimedwait_time64", "sigaction",
	"sigaltstack", "sigprocmask", "sigreturn", "tgkill", "tkill",
	/* another filter, on top of this one */
	"seccomp", "landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self"};

/* The families of level 1: AF_PACKET and the like are nothing to open once confined. */
static const int families[] = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK};

/* Level 2. */
static const char *const given_up[] = {"acct", "add_key", "chroot", "create_module",
	"delete_module", "execve", "execveat", "finit_module", "fsconfig", "fsmount", "fsopen",
	"fspick", "init_module", "io_uring_enter", "io_uring_register", "io_uring_setup", "ioperm",
	"iopl", "kcmp", "kexec_file_load", "kexec_load", "keyctl", "lookup_dcookie", "mount",
	"mount_setattr", "move_mount", "move_pages", "name_to_handle_at", "nfsservctl",
	"open_by_handle_at", "open_tree", "perf_event_open", "personality", "pidfd_getfd",
	"pidfd_open", "pidfd_send_signal", "pivot_root", "process_madvise", "process_vm_readv",
	"process_vm_writev", "ptrace", "quotactl", "quotactl_fd", "reboot", "request_key",
	"setdomainname", "sethostname", "setns", "swapoff", "swapon", "syslog", "umount", "umount2",
	"unshare", "uselib", "userfaultfd", "vhangup", "vm86", "vm86old"};

static int add_rules(scmp_filter_ctx ctx, uint32_t action, const char *const *names, size_t n_names)
{
	for (size_t i = 0; i < n_names; i++) {
		int number = seccomp_syscall_resolve_name(names[i]);
		int r = number == __NR_SCMP_ERROR ? 0 : seccomp_rule_add(ctx, action, number, 0);

		/* -EDOM: of another architecture than this one. */
		if (r < 0 && r != -EDOM)
			return r;
	}
	return 0;
}

/* Of bpf(2) what reads and writes the maps that are there (xdp): lookups, one or many, updates,
 * deletions, and what comes next. */
static const uint64_t bpf_kept[] = {1, 2, 3, 4, 24};

static bool keeps_bpf(uint64_t command)
{
	for (size_t i = 0; i < sizeof bpf_kept / sizeof *bpf_kept; i++)
		if (bpf_kept[i] == command)
			return true;
	return false;
}

/* Allows these, or refuses all others. */
static int add_bpf(scmp_filter_ctx ctx, uint32_t action)
{
	const uint64_t last = bpf_kept[sizeof bpf_kept / sizeof *bpf_kept - 1];
	int r = 0;

	for (uint64_t i = 0; r == 0 && i <= last; i++)
		if (keeps_bpf(i) == (action == SCMP_ACT_ALLOW))
			r = seccomp_rule_add(
				ctx, action, SCMP_SYS(bpf), 1, SCMP_A0(SCMP_CMP_EQ, i, 0));
	if (r == 0 && action != SCMP_ACT_ALLOW)
		r = seccomp_rule_add(ctx, action, SCMP_SYS(bpf), 1, SCMP_A0(SCMP_CMP_GT, last, 0));
	return r;
}

static int add_families(scmp_filter_ctx ctx)
{
	int r = 0;

	for (size_t i = 0; i < sizeof families / sizeof *families && r == 0; i++)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
			SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)families[i], 0));
	return r;
}

/* What happens to a call that was given up. */
static uint32_t refusal(int level)
{
	if (level < 0)
		return SCMP_ACT_TRAP;
	return level == 1 ? SCMP_ACT_ERRNO(ENOSYS) : SCMP_ACT_ERRNO(EPERM);
}

static int fill(scmp_filter_ctx ctx, int level)
{
	int r = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_TSYNC, 1);

	if (r == 0 && abs(level) == 1)
		r = add_rules(ctx, SCMP_ACT_ALLOW, kept, sizeof kept / sizeof *kept);
	if (r == 0 && abs(level) == 1)
		r = add_families(ctx);
	if (r == 0)
		r = add_bpf(ctx, abs(level) == 1 ? SCMP_ACT_ALLOW : refusal(level));
	if (r == 0 && abs(level) == 2)
		r = add_rules(ctx, refusal(level), given_up, sizeof given_up / sizeof *given_up);
	return r;
}

bool filter_usable(void)
{
	return true;
}

int filter_load(int level, struct text *why)
{
	scmp_filter_ctx ctx;
	int r;

	if (level < -FILTER_HIGHEST || level > FILTER_HIGHEST)
		return -ERANGE;
	if (level == 0)
		return 0;
	ctx = seccomp_init(abs(level) == 1 ? refusal(level) : SCMP_ACT_ALLOW);
	if (ctx == NULL)
		return -ENOMEM;
	/* Kernels before 4.14 refuse calls without telling of it. */
	(void)seccomp_attr_set(ctx, SCMP_FLTATR_CTL_LOG, 1);
	r = fill(ctx, level);
	if (r == 0)
		r = seccomp_load(ctx);
	seccomp_release(ctx);
	if (r < 0)
		text_add(why, "%s", strerror(-r));
	return r;
}
#else
bool filter_usable(void)
{
	return false;
}

int filter_load(int level, struct text *why)
{
	(void)level;
	(void)why;
	return -ENOTSUP;
}
#endif

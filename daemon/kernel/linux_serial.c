/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Serial lines: raw bytes, eight bits, no parity, one stop bit.
 */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <termios.h>

#include "daemon/kernel/linux.h"

static int speed_of(int baud, speed_t *ret)
{
	static const struct {
		int baud;
		speed_t speed;
	} speeds[] = {{300, B300}, {600, B600}, {1200, B1200}, {2400, B2400}, {4800, B4800},
		{9600, B9600}, {19200, B19200}, {38400, B38400}, {57600, B57600}, {115200, B115200},
		{230400, B230400}, {460800, B460800}, {921600, B921600}};

	for (size_t i = 0; i < sizeof speeds / sizeof speeds[0]; i++) {
		if (speeds[i].baud == baud) {
			*ret = speeds[i].speed;
			return 0;
		}
	}
	return -EINVAL;
}

int linux_serial_start(struct linux_device *d)
{
	struct termios t;
	speed_t speed;

	if (speed_of(d->options.baud, &speed) < 0)
		return -EINVAL;
	if (tcgetattr(d->fd, &t) < 0)
		return errno == ENOTTY ? -ENOTSUP : -errno;
	cfmakeraw(&t);
	t.c_cflag |= CLOCAL | CREAD;
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	if (cfsetispeed(&t, speed) < 0 || cfsetospeed(&t, speed) < 0 ||
		tcsetattr(d->fd, TCSANOW, &t) < 0 || tcflush(d->fd, TCIFLUSH) < 0)
		return -errno;
	return 0;
}

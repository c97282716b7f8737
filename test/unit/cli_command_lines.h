/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines typed at gnomonctl: what each must ask, and what each wrong one must be told. */
#ifndef TEST_UNIT_CLI_COMMAND_LINES_H
#define TEST_UNIT_CLI_COMMAND_LINES_H

#define IP4(hex)                                                                                   \
	hex "00000000"                                                                             \
	    "00000000"                                                                             \
	    "00000000"                                                                             \
	    "00010000"
#define IP6(hex) hex "00020000"
#define FULL     "ffffffffffffffffffffffffffffffff"
#define NONE     "0000000000000000000000000000000000000000"
#define ID(hex)                                                                                    \
	hex "00000000"                                                                             \
	    "00000000"                                                                             \
	    "00000000"                                                                             \
	    "00030000"

/* Lines and what chronyc was seen to send for them (chrony's control protocol, examples). */
static const struct {
	const char *line, *request;
} requests[] = {
	{"online", "1 "},
	{"offline 127.0.0.0/29", "2 " IP4("fffffff8") "7f000000"
						      "00000000"
						      "00000000"
						      "00000000"
						      "0001"},
	{"online 255.0.0.0/127.0.0.1", "1 " IP4("ff000000") "7f000001"
							    "00000000"
							    "00000000"
							    "00000000"
							    "0001"},
	{"online known.example", "1 " IP4("ffffffff") "c0000207"
						      "00000000"
						      "00000000"
						      "00000000"
						      "0001"},
	{"online ::1", "1 " IP6(FULL) "00000000000000000000000000000001"
				      "0002"},
	{"offline ID#0000000001", "2 " NONE "00000001"
				  "00000000"
				  "00000000"
				  "00000000"
				  "0003"},
	{"burst 3/5 127.0.0.2", "3 " IP4("ffffffff") IP4("7f000002") "00000003"
								     "00000005"},
	{"burst 1/2", "3 " NONE NONE "00000001"
		      "00000002"},
	{"minpoll 127.0.0.2 -3", "4 " IP4("7f000002") "fffffffd"},
	{"maxpoll 127.0.0.2 10", "5 " IP4("7f000002") "0000000a"},
	{"maxdelay 127.0.0.2 0.5", "7 " IP4("7f000002") "0280"},
	{"maxdelayratio ID#3 3", "8 " ID("00000003") "06c0"},
	{"maxdelaydevratio known.example 2", "47 " IP4("c0000207") "0680"},
	{"minstratum 127.0.0.2 2", "45 " IP4("7f000002") "00000002"},
	{"polltarget 127.0.0.2 9", "46 " IP4("7f000002") "00000009"},
	{"maxupdateskew 5", "9 08a0"},
	{"reselectdist 0.125", "49 fe80"},
	{"dfreq 1.5", "31 04c0"},
	{"doffset -0.00005", "71 e72e48e9"},
	{"dump", "6 "},
	{"rekey", "16 "},
	{"writertc", "30 "},
	{"trimrtc", "36 "},
	{"cyclelogs", "37 "},
	{"reselect", "48 "},
	{"refresh", "53 "},
	{"shutdown", "62 "},
	{"onoffline", "63 "},
	{"reset sources", "66 "},
	{"reload sources", "70 "},
	{"makestep", "43 "},
	{"makestep 1 -1", "50 ffffffff0480"},
	{"makestep 1.5 3", "50 0000000304c0"},
	{"manual off", "13 "},
	{"manual on", "13 00000001"},
	{"manual reset", "13 00000002"},
	{"manual delete 3", "42 00000003"},
	{"smoothtime reset", "52 "},
	{"smoothtime activate", "52 00000001"},
	{"allow", "17 "},
	{"allow all", "18 "},
	{"allow 10", "17 " IP4("0a000000") "00000008"},
	{"deny 10.1", "19 " IP4("0a010000") "00000010"},
	{"deny all 10.1.2.3", "20 " IP4("0a010203") "00000020"},
	{"allow 1.2.3.4/33", "17 " IP4("01020304") "00000021"},
	{"cmdallow known.example", "21 " IP4("c0000207") "00000020"},
	{"cmdallow all 2001:db8::/32", "22 " IP6("20010db8000000000000000000000000") "00000020"},
	{"cmddeny 0/0", "23 00000000"
			"00000000"
			"00000000"
			"00000000"
			"0001"},
	{"cmddeny all ::/0", "24 00000000"
			     "00000000"
			     "00000000"
			     "00000000"
			     "0002"},
	{"accheck 127.0.0.1", "25 7f000001"
			      "00000000"
			      "00000000"
			      "00000000"
			      "0001"},
	{"cmdaccheck known.example", "26 c0000207"
				     "00000000"
				     "00000000"
				     "00000000"
				     "0001"},
	{"delete 1.2.3.4", "29 01020304"
			   "00000000"
			   "00000000"
			   "00000000"
			   "0001"},
	{"local", "74 000000010000000a0480"},
	{"local off", "74 "},
	{"local stratum 7 orphan distance 0.5 activate 0.25 waitsynced 100 waitunsynced 200",
		"74 0000000100000007028000000000000100800000"
		"10c8000012c8"},
	{"local orphan", "74 000000010000000a04800000000000010000000000000000"
			 "1496"},
	{"selectopts 127.0.0.2 +prefer -noselect +trust -require",
		"72 " IP4("7f000002") "00000000"
				      "0000000f"
				      "00000028"},
	{"selectopts GPS0 +prefer", "72 " NONE "47505330"
				    "00000002"
				    "00000008"},
	{"selectopts PPS +trust -trust", "72 " NONE "50505300"
					 "00000004"},
	{"offset GPS0 0.125", "73 " NONE "47505330"
			      "fe80"},
	{"offset 127.0.0.2 -0.00005", "73 " IP4("7f000002") "00000000"
							    "e72e48e9"},
	{"clients", "68 0000000000000008"},
	{"clients -p 2", "68 000000000000000800000002"},
	{"clients -r", "68 00000000000000080000000000000001"},
};

/* Wrong lines, and the first line of what is said; none of them asks anything. */
static const struct {
	const char *line, *message;
} mistakes[] = {
	{"bogus", "Unrecognized command"},
	{"ACTIVITY", "Unrecognized command"},
	{"track", "Unrecognized command"},
	{"burst", "Invalid syntax for burst command"},
	{"burst 3", "Invalid syntax for burst command"},
	{"burst 3/", "Invalid syntax for burst command"},
	{"burst a/b", "Invalid syntax for burst command"},
	{"burst 3/5 unknown.example", "Could not get address for hostname"},
	{"online 127.0.0.1/33", "Invalid syntax for mask/address"},
	{"online 127.0.0.1/abc", "Invalid syntax for mask/address"},
	{"online 10/8", "Invalid syntax for mask/address"},
	{"online ffff::/127.0.0.1", "Invalid syntax for mask/address"},
	{"online #1", "Could not get address for hostname"},
	{"online ID#x", "Could not get address for hostname"},
	{"online 10.0.0.1 x", "Could not get address for hostname"},
	{"accheck", "Could not read address"},
	{"accheck unknown.example", "Could not read address"},
	{"allow unknown.example", "Could not read address"},
	{"allow 10.0.0.1 x", "Could not read address"},
	{"allow known.example/3", "Could not read address"},
	{"dfreq", "Invalid value"},
	{"dfreq abc", "Invalid value"},
	{"doffset 1x", "Invalid value"},
	{"maxupdateskew", "Invalid value"},
	{"delete", "Invalid syntax for address"},
	{"delete unknown.example", "Could not get address for hostname"},
	{"local stratum 16", "Invalid syntax for local command"},
	{"local stratum", "Invalid syntax for local command"},
	{"local off x", "Invalid syntax for local command"},
	{"makestep 1", "Bad syntax for makestep command"},
	{"makestep a b", "Bad syntax for makestep command"},
	{"makestep 1 2.5", "Bad syntax for makestep command"},
	{"manual", "Invalid syntax for manual command"},
	{"manual x", "Invalid syntax for manual command"},
	{"manual on x", "Invalid syntax for manual command"},
	{"manual delete", "Bad syntax for manual delete command"},
	{"manual delete x", "Bad syntax for manual delete command"},
	{"manual delete -1", "Bad syntax for manual delete command"},
	{"maxdelay", "Invalid syntax for address value"},
	{"maxdelay 1.2.3.4", "Invalid syntax for address value"},
	{"maxdelay 1.2.3.4 abc", "Invalid syntax for address value"},
	{"minpoll 1.2.3.4 1.5", "Invalid syntax for address value"},
	{"minpoll unknown.example 3", "Could not get address for hostname"},
	{"reload", "Invalid syntax for reload command"},
	{"reload x", "Invalid syntax for reload command"},
	{"reset", "Invalid syntax for reset command"},
	{"smoothtime", "Invalid syntax for smoothtime command"},
	{"smoothtime x", "Invalid syntax for smoothtime command"},
	{"sourcename", "Could not read address"},
	{"sourcename unknown.example", "Could not read address"},
	{"ntpdata unknown.example", "Could not get address for hostname"},
	{"offset known.example 1", "Invalid syntax for offset command"},
	{"offset 1.2.3.4", "Invalid syntax for offset command"},
	{"offset 1.2.3.4 x", "Invalid syntax for offset command"},
	{"selectopts", "Invalid syntax for selectopts command"},
	{"selectopts 1.2.3.4 prefer", "Invalid syntax for selectopts command"},
	{"selectopts 1.2.3.4 +x", "Invalid syntax for selectopts command"},
	{"selectopts known.example +prefer", "Invalid syntax for selectopts command"},
	{"retries 31", "Invalid maximum number of retries"},
	{"retries -1", "Invalid maximum number of retries"},
	{"timeout 99", "Timeout 99 is too short"},
	{"timeout", "Timeout 0 is too short"},
	{"dns", "Unrecognized dns command"},
	{"dns x", "Unrecognized dns command"},
	{"keygen x", "Invalid syntax for keygen command"},
	{"keygen 1 X", "Unknown hash function or cipher X"},
	{"keygen 1 MD5 x", "Invalid syntax for keygen command"},
	{"keygen 1 MD5 160 x", "Invalid syntax for keygen command"},
	{"clients -p", "Invalid syntax for clients command"},
	{"clients -p x", "Invalid syntax for clients command"},
	{"waitsync x", "Invalid syntax for waitsync command"},
	{"add", "Invalid syntax for add command"},
	{"add server", "Invalid syntax for add command"},
	{"add x 1.2.3.4", "Invalid syntax for add command"},
	{"add server 1.2.3.4 x", "Invalid option in add command"},
	{"add server 1.2.3.4 minpoll", "Invalid value in add command"},
	{"add server 1.2.3.4 minpoll x", "Invalid value in add command"},
	{"add server 1.2.3.4 key 0", "Invalid value in add command"},
	{"add server unknown.example", "Invalid host/IP address"},
	{"help x", "Unrecognized command"},
};

#endif

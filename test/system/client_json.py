#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The JSON of every report beside its CSV: column for column the same values under fixed names.

usage: client_json.py GNOMONCTL SOCKET NAME
"""
import datetime
import json
import math
import subprocess
import sys

NEVER = '4294967295'

# The names of the columns of the CSV; None: JSON has it under another name or in another form.
COLUMNS = {
    'tracking': 'reference_id name stratum reference_time_unix_s system_time_correction_s last_offset_s '
                'rms_offset_s frequency_ppm residual_frequency_ppm skew_ppm root_delay_s '
                'root_dispersion_s update_interval_s -',
    'sources -a': '- - name stratum poll_log2_s reach(8) last_sample_age_s adjusted_offset_s '
                  'measured_offset_s error_s',
    'sourcestats -a': 'name samples runs span_s residual_frequency_ppm skew_ppm offset_s '
                      'standard_deviation_s',
    'selectdata -a': '- name - - - - - - - - - - - last_sample_age_s score interval_low_s '
                     'interval_high_s -',
    'authdata -a': 'name - key_id key_type key_length_bits last_key_establishment_age_s '
                   'key_establishment_attempts - cookies cookie_length_bytes',
    'ntpdata': 'remote_address remote_reference_id remote_port - local_reference_id - ntp_version - '
               'stratum poll_log2_s poll_s precision_log2_s precision_s root_delay_s root_dispersion_s '
               'reference_id reference_id_text reference_time_unix_s offset_s peer_delay_s '
               'peer_dispersion_s response_time_s jitter_asymmetry tests_123 tests_567 tests_abcd '
               '- - - - total_tx total_rx total_valid_rx total_good_rx total_kernel_tx '
               'total_kernel_rx total_hw_tx total_hw_rx',
    'activity': 'online offline burst_online burst_offline unresolved',
    'serverstats': 'ntp_received ntp_dropped command_received command_dropped client_log_dropped '
                   'nts_ke_accepted nts_ke_dropped ntp_authenticated ntp_interleaved '
                   'ntp_timestamps_held ntp_timestamp_span_s ntp_daemon_rx_timestamps '
                   'ntp_daemon_tx_timestamps ntp_kernel_rx_timestamps ntp_kernel_tx_timestamps '
                   'ntp_hardware_rx_timestamps ntp_hardware_tx_timestamps',
    'clients': 'name ntp_received ntp_dropped ntp_interval_log2_s ntp_limited_interval_log2_s ntp_age_s '
               'command_received command_dropped command_interval_log2_s command_age_s',
    'clients -k': 'name ntp_received ntp_dropped ntp_interval_log2_s ntp_limited_interval_log2_s '
                  'ntp_age_s nts_ke_received nts_ke_dropped nts_ke_interval_log2_s nts_ke_age_s',
    'rtcdata': 'reference_time_unix_s samples runs span_s fast_s gain_ppm',
    'smoothing': '- - offset_s frequency_ppm wander_ppm_per_s last_update_age_s remaining_s',
    'manual list': 'index - slewed_offset_s original_offset_s residual_s',
    'sourcename 127.0.0.2': 'name',
    'waitsync 1 0 0 0.1': 'try reference_id correction_s skew_ppm',
}


def same(column, name, value):
    """Whether a value of JSON is that of a column of CSV."""
    if value is None:
        unknown = {'name': '', 'reference_id_text': ''}.get(name, NEVER)
        return column in (unknown, '127') or (name == 'reference_time_unix_s' and float(column) == 0)
    if isinstance(value, str):
        return column == value
    if isinstance(value, int):
        return float(column) == value
    return math.isclose(float(column), value, rel_tol=1e-14, abs_tol=1e-15)


def check_times(row):
    for name in row:
        if name.endswith('_unix_s') and row[name] is not None:
            text = row[name[:-len('_unix_s')]]
            whole = datetime.datetime.strptime(text[:19], '%Y-%m-%dT%H:%M:%S')
            seconds = whole.replace(tzinfo=datetime.timezone.utc).timestamp() + float(text[19:-1])
            if text[-1] != 'Z' or abs(seconds - row[name]) > 1e-6:
                return False
    return True


def compare(ask, command, names):
    """The first difference in words, or None."""
    lines = ask('-c', command).splitlines()
    document = json.loads(ask('--json', command))
    if document['report'] == 'result':
        same_result = lines == [f"{document['code']} {document['message']}"]
        return None if same_result else f'{lines} is {document!r}'
    if document['version'] != 1 or document['report'] != command.split(' -')[0].split(' 1')[0] \
            .replace(' ', '_'):
        return 'head ' + repr(document)
    rows = document.get(document['report'])
    rows = rows if isinstance(rows, list) else [document]
    if len(rows) != len(lines):
        return f'{len(rows)} rows, {len(lines)} lines'
    for line, row in zip(lines, rows):
        columns = line.split(',')
        if len(columns) != len(names):
            return f'{len(columns)} columns for {len(names)} names'
        if not check_times(row):
            return 'times ' + repr(row)
        for column, name in zip(columns, names):
            base = name.split('(')[0]
            if base != name:
                column = str(int(column, 8))
            if name != '-' and not same(column, base, row[base]):
                return f'{base}: {column} is {row[base]!r}'
    return None


def main():
    client, socket, title = sys.argv[1:4]

    def ask(*arguments):
        return subprocess.run([client, '-h', socket, *arguments], capture_output=True, text=True).stdout

    failed = 0
    for command, names in COLUMNS.items():
        difference = compare(ask, command, names.split())
        print('not ok' if difference else 'ok', '-', title, command)
        if difference:
            print('#', difference)
            failed = 1
    sys.exit(failed)


main()

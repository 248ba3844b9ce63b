#!/bin/bash
# sipp-calls.sh udp|tcp [CALLS [RATE]]: SIPp calls SIPp through sbc.
. "$(dirname "$0")/lib.sh"
need sipp
transport=${1:-udp} calls=${2:-1000} rate=${3:-50}
mode=u1; [ "$transport" = tcp ] && mode=t1

sbc_between "$transport" "$transport"
start callee.log sipp -sn uas -i 127.0.0.1 -p 5090 -t $mode -nostdin -trace_stat -stf callee.csv -fd 1
callee=$LAST
wait_port 5090
inside timeout 180 sipp -sn uac 127.0.0.1:5060 -s +498007722375 -i 127.0.0.1 -p 5062 -t $mode -m "$calls" -r "$rate" \
  -d 500 -nostdin -trace_stat -stf caller.csv -fd 1 -trace_err -error_file caller.err >caller.log 2>&1
ok "$transport: exit status of the caller" 0 $?
ok "$transport: successful calls" "$calls" "$(statistic caller.csv 'SuccessfulCall(C)')"
ok "$transport: failed calls" 0 "$(statistic caller.csv 'FailedCall(C)')"
if [ "$transport" = tcp ]; then
  ok "$transport: retransmissions by the caller" 0 "$(statistic caller.csv 'Retransmissions(C)')"
  stop "$callee"
  ok "$transport: retransmissions by the callee" 0 "$(statistic callee.csv 'Retransmissions(C)')"
fi
sbc_ends
ok "$transport: calls that sbc tells of" "$calls" "$(grep -c 'call ended' sbc.log)"
[ $RC = 0 ] || tail -n 20 caller.err sbc.log 2>/dev/null
exit $RC

"""The seams inside the emulator that no proxy sees: each asks what becomes of its call before it acts.

The state machine calls its functions and its table within the emulator's own process; so do EventBridge, SNS and SQS
what they deliver to. The emulator's module runs this before it starts.
"""
import contextvars
import json
import os
import threading
import time
import urllib.parse
import urllib.request

from ministack.services import eventbridge, lambda_svc, sns, stepfunctions

GATE = os.environ["AWS_ENDPOINT_URL"]
# Longer than any wait of a fault.
ASK_S = 60
EXECUTION = contextvars.ContextVar("execution", default="")


def ask(call):
    """What becomes of a call: {acts, refusal, beforeMs, afterMs, told}."""
    url = f"{GATE}/_fate/{urllib.parse.quote(call, safe='')}"
    with urllib.request.urlopen(url, timeout=ASK_S) as answer:
        return json.load(answer)


def answered(call, act):
    """Does what is asked for, as its fate has it; the caller waits for it."""
    fate = ask(call)
    time.sleep(fate["beforeMs"] / 1000)
    if fate["refusal"] is not None:
        raise stepfunctions._ExecutionError(fate["refusal"], "refused by a fault")
    result = None
    for _ in range(fate["acts"]):
        result = act()
    time.sleep(fate["afterMs"] / 1000)
    if not fate["told"]:
        raise stepfunctions._ExecutionError("States.TaskFailed", "lost by a fault")
    return result


def delivered(call, act):
    """The same for a delivery: nobody waits for it, and it may be late."""
    fate = ask(call)
    if fate["refusal"] is not None:
        return
    context = contextvars.copy_context()
    for turn in range(fate["acts"]):
        wait_s = (fate["beforeMs"] if turn == 0 else fate["afterMs"]) / 1000
        if wait_s == 0:
            act()
        else:
            threading.Timer(wait_s, context.copy().run, (act,)).start()


def name_of(arn):
    return arn.rsplit(":", 1)[-1].split("-dev-")[-1]


def machine_invokes(real):
    def call(arn, event):
        named = event if isinstance(event, dict) else {}
        EXECUTION.set(str(named.get("executionId", "")))
        return answered(f"machine lambda:{name_of(arn)}", lambda: real(arn, event))

    return call


def machine_asks_table(real):
    return lambda op, data: answered(f"machine dynamodb:{op}", lambda: real(op, data))


def topic_delivers(real):
    return lambda topic, *rest, **more: delivered(f"sns:{name_of(topic)}", lambda: real(topic, *rest, **more))


def bus_delivers(real):
    return lambda target, *rest: delivered(f"bus:{name_of(target['Arn'])}", lambda: real(target, *rest))


def queue_delivers(real):
    def call(mapping, *rest):
        fate = ask(f"sqs:{name_of(mapping['FunctionArn'])}")
        time.sleep(fate["beforeMs"] / 1000)
        # What is not delivered is visible again when its time is over.
        for _ in range(0 if fate["refusal"] is not None else fate["acts"]):
            real(mapping, *rest)

    return call


# What a function sends says by whom and for which execution, as X-Ray's header does on AWS.
lambda_svc._xray_trace_id_for_invocation = lambda config, inbound=None: (
    f"Root={EXECUTION.get()};Self={name_of(config['FunctionName'])}"
)
stepfunctions._call_lambda = machine_invokes(stepfunctions._call_lambda)
stepfunctions._invoke_dynamodb = machine_asks_table(stepfunctions._invoke_dynamodb)
sns._fanout = topic_delivers(sns._fanout)
eventbridge._invoke_target = bus_delivers(eventbridge._invoke_target)
lambda_svc._run_sqs_batch = queue_delivers(lambda_svc._run_sqs_batch)

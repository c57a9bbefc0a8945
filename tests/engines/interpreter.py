"""Runs executions of a state machine on LocalStack's Step Functions interpreter, in this process.

Reads from stdin {"definitions": {name: text}, "runs": [{"id", "title", "definition", "input", "drawn", "drawnRow"?,
"isHanging", "fakes": {target: [reply]}}]} and prints {id: {"status", "output", "error", "heard": {target: [payload]}}}.
A reply is {"answer": any}, {"error": name} or {"hangs": true}; the last of a target is repeated. What a task calls is a
target: see target_of.
"""

import functools
import io
import json
import os
import random
import sys
import threading
import types
from concurrent.futures import ThreadPoolExecutor


def stand_in(name, **attributes):
    """Puts an empty module where LocalStack would load one that it does not need here."""
    module = types.ModuleType(name)
    module.__dict__.update(attributes)
    sys.modules[name] = module


# JSONata needs a JVM in this process; the machine is JSONPath.
stand_in("jpype")
stand_in("jpype.imports")
stand_in("localstack.services.stepfunctions.packages", jpype_jsonata_package=None)
# Another service's helper, of which this one function is used; the module itself needs Python 3.12.
stand_in(
    "localstack.services.events.utils",
    to_json_str=lambda value, separators=(",", ":"): json.dumps(value, separators=separators),
)

from botocore.exceptions import ClientError  # noqa: E402
from localstack.services.stepfunctions.asl.component.common.retry import retrier_decl  # noqa: E402
from localstack.services.stepfunctions.asl.component.intrinsic.function.statesfunction.math_operations.math_random import (  # noqa: E402, E501
    MathRandom,
)
from localstack.services.stepfunctions.asl.component.intrinsic.function.statesfunction.unique_id_generation.uuid import (  # noqa: E402, E501
    UUID,
)
from localstack.services.stepfunctions.asl.component.state.state_execution.state_task import (  # noqa: E402
    lambda_eval_utils,
)
from localstack.services.stepfunctions.asl.component.state.state_execution.state_task.service import (  # noqa: E402
    state_task_service_dynamodb,
)
from localstack.services.stepfunctions.asl.eval.evaluation_details import (  # noqa: E402
    AWSExecutionDetails,
    EvaluationDetails,
    ExecutionDetails,
    StateMachineDetails,
)
from localstack.services.stepfunctions.asl.eval.program_state import ProgramEnded, ProgramError  # noqa: E402
from localstack.services.stepfunctions.asl.parse.asl_parser import AmazonStateLanguageParser  # noqa: E402
from localstack.services.stepfunctions.asl.utils import json_path  # noqa: E402
from localstack.services.stepfunctions.backend.execution_worker import SyncExecutionWorker  # noqa: E402

ACCOUNT = "123456789012"
REGION = "us-east-1"
FACES = {
    "FullDashserviceLambdaFunction": "full",
    "DegradedDashserviceLambdaFunction": "degraded",
    "MaintenanceDashserviceLambdaFunction": "maintenance",
    "MutatorLambdaFunction": "mutator",
}
NEVER = threading.Event()


class Met:
    """What one execution meets, and what it was heard to call."""

    def __init__(self, run):
        self.fakes = run["fakes"]
        self.drawn = list(run["drawn"])
        # What no case says is drawn by chance, but by the same one on every machine.
        self.chance = random.Random(run["title"])
        self.drawn_row = run.get("drawnRow")
        self.heard = {}
        self.lock = threading.Lock()

    def call(self, target, payload):
        with self.lock:
            calls = self.heard.setdefault(target, [])
            calls.append(payload)
            replies = self.fakes[target]
            reply = replies[min(len(calls), len(replies)) - 1]
        if reply.get("hangs"):
            NEVER.wait()
        return reply

    def draw(self):
        with self.lock:
            byte = self.drawn.pop(0) if self.drawn else self.chance.randrange(256)
        h = f"{byte:02x}"
        return "-".join(h * octets for octets in (4, 2, 2, 2, 6))


# Tasks run in threads of their own, but each knows the role that its execution has.
MET = {}


def role_of(run_id):
    return f"arn:aws:iam::{ACCOUNT}:role/{run_id}"


def refused(service, name):
    """An error of a service, as boto3 raises it."""
    details = {"HTTPStatusCode": 400, "RequestId": "r-1"}
    error = {"Code": name.removeprefix(service + "."), "Message": "boom"}
    return ClientError({"Error": error, "ResponseMetadata": details}, "call")


def target_of(face, payload):
    if payload.get("probe") is True:
        return "fullProbe" if face == "full" else "probe"
    return "due" if payload.get("kind") == "claim" else face


class Lambda:
    def __init__(self, met):
        self.met = met

    def invoke(self, FunctionName, Payload, **_others):
        payload = json.loads(Payload)
        face = FACES[FunctionName.rsplit(":", 1)[1]]
        reply = self.met.call(target_of(face, payload), payload)
        name = reply.get("error")
        if name is not None and name.startswith("Lambda."):
            raise refused("Lambda", name)
        answer = {"StatusCode": 200, "ExecutedVersion": "$LATEST"}
        if name is not None:
            answer["FunctionError"] = "Unhandled"
        body = reply["answer"] if name is None else {"errorType": name, "errorMessage": "boom"}
        return {**answer, "Payload": io.BytesIO(json.dumps(body).encode())}


class Table:
    def __init__(self, met):
        self.met = met

    def reply(self, target, parameters):
        reply = self.met.call(target, parameters)
        name = reply.get("error")
        if name is None:
            return json.loads(json.dumps(reply["answer"]))
        raise refused("DynamoDB", name)

    def get_item(self, **parameters):
        is_replica = parameters["Key"]["PK"]["S"].startswith("REPLICA#")
        return self.reply("replica" if is_replica else "read", parameters)

    def update_item(self, **parameters):
        return self.reply("claim", parameters)


def client_for(service, region, state_credentials):
    met = MET[state_credentials.role_arn]
    return Lambda(met) if service == "lambda" else Table(met)


class AtOnce:
    """Retries wait for nothing."""

    @staticmethod
    def sleep(_seconds):
        return None


def draw(_self, env):
    env.stack.append(MET[env.aws_execution_details.role_arn].draw())


draw_number = MathRandom._eval_body


def draw_row(self, env):
    drawn = MET[env.aws_execution_details.role_arn].drawn_row
    if drawn is None:
        return draw_number(self, env)
    # What it would be drawn from is evaluated all the same.
    self.argument_list.eval(env=env)
    env.stack.pop()
    env.stack.append(drawn)


lambda_eval_utils.boto_client_for = client_for
state_task_service_dynamodb.boto_client_for = client_for
retrier_decl.time = AtOnce
# A path's parser is made anew for each use, which takes five times as long as all else.
json_path.parse = functools.cache(json_path.parse)
UUID._eval_body = draw
MathRandom._eval_body = draw_row

parsed = {}
parse = AmazonStateLanguageParser.parse


def parse_once(definition):
    """The parser takes far longer than an execution, and what it makes of a text is not changed by one."""
    if definition not in parsed:
        parsed[definition] = parse(definition)
    return parsed[definition]


AmazonStateLanguageParser.parse = staticmethod(parse_once)


class Ended:
    def terminated(self):
        return None


def execute(run, definition):
    role = role_of(run["id"])
    met = MET[role] = Met(run)
    prefix = f"arn:aws:states:{REGION}:{ACCOUNT}"
    machine = f"{prefix}:stateMachine:workflow"
    execution = "run-1"
    worker = SyncExecutionWorker(
        evaluation_details=EvaluationDetails(
            AWSExecutionDetails(ACCOUNT, REGION, role),
            ExecutionDetails(execution, execution, role, run["input"], "2026-01-01T00:00:00.000Z"),
            StateMachineDetails(machine, "workflow", "EXPRESS", definition),
        ),
        exec_comm=Ended(),
        cloud_watch_logging_session=None,
        activity_store={},
    )
    worker.start()
    state = worker.env.program_state()
    is_over = isinstance(state, ProgramEnded)
    return {
        "status": "SUCCEEDED" if is_over else "FAILED",
        "output": worker.env.states.get_input() if is_over else None,
        "error": str(dict(state.error)) if isinstance(state, ProgramError) else None,
        "heard": met.heard,
    }


def main():
    asked = json.load(sys.stdin)
    definitions = asked["definitions"]
    for definition in definitions.values():
        parse_once(definition)

    def one(run):
        try:
            return run["id"], execute(run, definitions[run["definition"]])
        except Exception as error:  # The comparison shows which run it was.
            return run["id"], {"status": "CRASHED", "output": None, "error": repr(error), "heard": {}}

    # Those that compute take turns, or a busy machine would time out what does not hang; the others hang together.
    runs = {}
    for is_hanging, workers in ((False, 2), (True, 32)):
        with ThreadPoolExecutor(max_workers=workers) as pool:
            runs.update(pool.map(one, [run for run in asked["runs"] if run["isHanging"] is is_hanging]))
    json.dump(runs, sys.stdout)
    sys.stdout.flush()
    # Threads of tasks that hang never end.
    os._exit(0)


main()

"""The vocabulary of BPMN 2.0 as data: element names and what they are in the model."""

from __future__ import annotations

from polku.path.model import GatewayKind, Position, StepKind, Trigger

STEPS: dict[str, StepKind] = {
    "task": "task", "userTask": "user", "serviceTask": "service", "manualTask": "manual",
    "sendTask": "send", "receiveTask": "receive", "scriptTask": "script",
    "businessRuleTask": "rule", "callActivity": "call", "subProcess": "sub-process",
    "transaction": "sub-process", "adHocSubProcess": "sub-process",
}  # fmt: skip
EVENTS: dict[str, Position] = {
    "startEvent": "start", "endEvent": "end", "intermediateCatchEvent": "catch",
    "intermediateThrowEvent": "throw", "boundaryEvent": "boundary",
}  # fmt: skip
GATEWAYS: dict[str, GatewayKind] = {
    "exclusiveGateway": "exclusive", "parallelGateway": "parallel",
    "inclusiveGateway": "inclusive", "eventBasedGateway": "event", "complexGateway": "complex",
}  # fmt: skip
TRIGGERS: dict[str, Trigger] = {
    "messageEventDefinition": "message", "timerEventDefinition": "timer",
    "terminateEventDefinition": "terminate", "signalEventDefinition": "signal",
    "errorEventDefinition": "error", "escalationEventDefinition": "escalation",
    "conditionalEventDefinition": "conditional", "linkEventDefinition": "link",
    "compensateEventDefinition": "compensate", "cancelEventDefinition": "cancel",
}  # fmt: skip
DATA = {"dataObjectReference": "object", "dataStoreReference": "store", "dataObject": "object"}
TIMES = {"timeDuration": "duration", "timeDate": "date", "timeCycle": "cycle"}

STEP_TAG = {"sub-process": "subProcess"} | {
    kind: tag for tag, kind in STEPS.items() if kind != "sub-process"
}
EVENT_TAG = {position: tag for tag, position in EVENTS.items()}
GATEWAY_TAG = {kind: tag for tag, kind in GATEWAYS.items()}
TRIGGER_TAG = {trigger: tag for tag, trigger in TRIGGERS.items()}
TIME_TAG = {kind: tag for tag, kind in TIMES.items()}

_RANKS = (
    ("documentation",), ("extensionElements",), ("auditing",), ("monitoring",),
    ("categoryValueRef",), ("incoming",), ("outgoing",),
    ("ioSpecification", "supportedInterfaceRef", "ioBinding"), ("property",),
    ("dataInput", "dataOutput"), ("dataInputAssociation",), ("dataOutputAssociation",),
    ("inputSet", "outputSet"), ("resourceRole", "performer", "humanPerformer", "potentialOwner"),
    ("multiInstanceLoopCharacteristics", "standardLoopCharacteristics"), ("laneSet",),
    (*STEPS, *EVENTS, *GATEWAYS, *DATA, "sequenceFlow", *TRIGGERS, "conditionExpression"),
    ("association", "group", "textAnnotation"), ("correlationSubscription", "supports"),
)  # fmt: skip
RANK = {name: rank for rank, names in enumerate(_RANKS) for name in names}
"""Where a child stands among its brothers, as the schema of BPMN orders them."""

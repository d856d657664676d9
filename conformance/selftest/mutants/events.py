"""The events of a run: which there are, and what is in them."""

from onceproof.conformance.selftest.mutant import mutant
from onceproof.reference_impl.core import attempt
from onceproof.reference_impl.core.streams import events
from onceproof.reference_impl.core.streams.events import Translator
from onceproof.reference_impl.core.streams.publisher import Publication


def _emit_other(change) -> None:
    """Let a function say what becomes of an event; None leaves it out."""
    emit = Publication.emit

    def emit_what_it_says(self, name, payload):
        changed = change(self, name, payload)
        if changed is not None:
            emit(self, name, changed)

    Publication.emit = emit_what_it_says


@mutant("STR-02", "STR-31")
def begin_without_metadata() -> None:
    """The first event of a stream is that of the first super-step: no `metadata` names the run."""
    _emit_other(lambda self, name, payload: None if name == "metadata" else payload)


@mutant("STR-04", "SDK-06")
def leave_out_the_last_values() -> None:
    """`values` streams the state before each super-step, and the last state not at all."""
    name_events = Translator._name_events

    def one_behind(self, mode, chunk):
        if mode == "values":
            chunk, self.held = vars(self).get("held"), chunk
            if chunk is None:
                return
        yield from name_events(self, mode, chunk)

    Translator._name_events = one_behind


@mutant("STR-07", "STR-08")
def drop_a_chunk_in_three() -> None:
    """One chunk of a message in three is lost."""
    message = Translator._message

    def drop(self, chunk, metadata):
        self.count = vars(self).get("count", 0) + 1
        if self.count % 3:
            yield from message(self, chunk, metadata)

    Translator._message = drop


@mutant("STR-07")
def hide_the_node_of_a_message() -> None:
    """The metadata of a message do not say which node sent it."""
    message = Translator._message

    def without_node(self, chunk, metadata):
        known = {k: v for k, v in metadata.items() if not k.startswith("langgraph_")}
        return message(self, chunk, known)

    Translator._message = without_node


@mutant("STR-08")
def complete_messages_as_partial() -> None:
    """A message that comes whole is sent as `messages/partial`."""
    message = Translator._message

    def call_partial(self, chunk, metadata):
        for name, payload in message(self, chunk, metadata):
            yield name.replace("complete", "partial"), payload

    Translator._message = call_partial


@mutant("STR-09")
def leave_out_ends_of_events() -> None:
    """Mode `events` sends the starts of chains and models, and not their ends."""

    def starts_only(self, name, payload):
        return None if name == "events" and payload["event"].endswith("_end") else payload

    _emit_other(starts_only)


@mutant("STR-10")
def show_tasks_at_their_start_only() -> None:
    """`tasks` and `debug` tell that a task has begun, and never that it has ended."""

    def starts_only(self, name, payload):
        described = payload.get("payload", payload) if isinstance(payload, dict) else {}
        ended = name in ("tasks", "debug") and "result" in described
        return None if ended else payload

    _emit_other(starts_only)


@mutant("STR-10")
def name_no_parents_of_checkpoints() -> None:
    """The checkpoints of a stream do not say which one was before them, nor `debug` the step."""
    name_checkpoints = events.name_checkpoints

    def without_parents(mode, chunk):
        named = name_checkpoints(mode, chunk)
        if mode == "checkpoints":
            named = {**named, "parent_checkpoint": None, "parent_config": None}
        return {**named, "step": None} if mode == "debug" else named

    events.name_checkpoints = without_parents


@mutant("STR-13")
def call_every_error_an_exception() -> None:
    """The error of a stream does not say of which class it was."""
    describe = attempt.describe_error
    attempt.describe_error = lambda error: {**describe(error), "error": "Exception"}


@mutant("STR-17", STR_12="a question of a subgraph is no update, either")
def ask_in_values_only() -> None:
    """A question is shown beside the state, and is no update."""

    def without_questions(self, name, payload):
        asks = isinstance(payload, dict) and events.INTERRUPT in payload
        return None if name.startswith("updates") and asks else payload

    _emit_other(without_questions)

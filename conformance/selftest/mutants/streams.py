"""Streams: what is sent, in which order, to whom, and what a reader who comes back gets."""

from types import FunctionType, SimpleNamespace
from uuid import uuid4

from starlette.responses import Response

from onceproof.conformance.selftest.mutant import mutant
from onceproof.conformance.selftest.mutants.rewriting import replace_endpoint
from onceproof.reference_impl.api import following, sse, streams, thread_streams
from onceproof.reference_impl.core import execution
from onceproof.reference_impl.core.checkpoints.writer import StorageAway
from onceproof.reference_impl.core.streams import broker, events
from onceproof.reference_impl.core.streams.event_ids import Position
from onceproof.reference_impl.core.streams.events import Translator


@mutant("STR-12", STR_17="a question in a subgraph is shown under its path")
def leak_subgraph_events() -> None:
    """The events of subgraphs come without being asked for, under the names of the root's."""
    translate = Translator.translate

    def without_path(self, ns, mode, chunk):
        for name, payload in translate(self, ns, mode, chunk):
            yield name.partition("|")[0], payload

    Translator.translate = without_path


@mutant("STR-16")
def send_heartbeats_as_events() -> None:
    """Heartbeats are events of the stream."""
    for module in (sse, following, thread_streams):
        module.HEARTBEAT = b"event: heartbeat\r\ndata: {}\r\n\r\n"


@mutant("STR-22")
def join_with_every_mode() -> None:
    """A client that joins with `stream_mode` gets the events of all modes."""
    following.select_modes = lambda modes: lambda name: True


@mutant("STR-32")
def mix_line_ends() -> None:
    """Some lines of a stream end with LF, others with CRLF."""
    frame = sse.frame

    def mix(name, data, event_id=""):
        return frame(name, data, event_id).replace(b"\r\n", b"\n", 1)

    sse.frame = following.frame = thread_streams.frame = mix


@mutant(
    "RSM-04",
    STR_06="what is repeated comes twice on the reader's subscription",
    STR_24="what is repeated comes twice on the reader's subscription",
)
def repeat_the_last_event() -> None:
    """A client that comes back gets the event once more that it names."""
    replay = broker.Broker.replay

    async def inclusive(self, run_id, after):
        found = await replay(self, run_id, after)
        kept = await self._read_buffer(run_id, after) if after != "0-0" else []
        return [*kept[:1], *found] if kept and kept[0].id == after else found

    broker.Broker.replay = inclusive
    take = Position.take

    def take_all(self, batch):
        batch = list(batch)
        fresh = take(self, batch)
        return [batch[0], *fresh] if batch and batch[0].name and batch[0].id == self.id else fresh

    Position.take = take_all


@mutant("RSM-04")
def skip_an_event_after_a_cut() -> None:
    """A client that comes back misses the first event after the one it names."""
    resume = following.resume

    async def one_later(services, run_id, heard, after, wanted):
        seen = []

        def but_the_first(name):
            seen.append(name)
            return wanted(name) and (after == "0-0" or len(seen) > 1)

        async for chunk in resume(services, run_id, heard, after, but_the_first):
            yield chunk

    following.resume = one_later


@mutant("RSM-01")
def number_every_stream() -> None:
    """Events of runs that are not resumable have ids as well."""
    frames = following._frames

    async def number_all(services, batch, wanted, *, numbered):
        return await frames(services, batch, wanted, numbered=True)

    following._frames = number_all


@mutant("RSM-06")
def take_minus_one_for_new_only() -> None:
    """`Last-Event-ID: -1` brings new events only."""
    read = streams.read_last_event_id

    def but_minus_one(request):
        return None if request.headers.get("last-event-id") == "-1" else read(request)

    streams.read_last_event_id = but_minus_one


@mutant("RSM-13")
def leave_out_the_end_of_runs() -> None:
    """A thread's stream does not say when a run is over."""
    events_of = thread_streams._events

    async def without_ends(services, thread_id, heard, after):
        async for event in events_of(services, thread_id, heard, after):
            if event is None or "run_done" not in event.data:
                yield event

    thread_streams._events = without_ends


@mutant("STR-05")
def join_the_updates_of_a_step() -> None:
    """Nodes that finish in one super-step share an `updates` event."""
    name_events = Translator._name_events

    def join_up(self, mode, chunk):
        for name, payload in name_events(self, mode, chunk):
            if name != "updates" or not isinstance(payload, dict):
                yield name, payload
                continue
            held = vars(self).setdefault("held", {})
            held.update(payload)
            yield name, dict(held)

    Translator._name_events = join_up


@mutant("STR-08")
def send_parts_instead_of_the_message_so_far() -> None:
    """`messages/partial` holds the newest part alone."""
    message = Translator._message

    def newest_only(self, chunk, metadata):
        for name, payload in message(self, chunk, metadata):
            yield (name, [chunk]) if name == "messages/partial" else (name, payload)

    Translator._message = newest_only


@mutant("STR-17")
def hide_questions_in_values() -> None:
    """A question is shown in `updates`, and not beside the state in `values`."""
    name_events = Translator._name_events

    def hide(self, mode, chunk):
        for name, payload in name_events(self, mode, chunk):
            yield name, events.without_interrupts(payload) if name == "values" else payload

    Translator._name_events = hide


@mutant("STR-01")
def let_proxies_buffer() -> None:
    """Streams do not ask proxies to pass events on at once."""
    event_stream = sse.event_stream

    def drop_header(*args, **more):
        answer = event_stream(*args, **more)
        del answer.headers["x-accel-buffering"]
        return answer

    sse.event_stream = streams.event_stream = thread_streams.event_stream = drop_header


@mutant("STR-06", "STR-24")
def drop_events() -> None:
    """One event of a stream in ten never reaches its readers."""
    publish = broker.Broker.publish

    async def publish_most(self, run_id, attempt, first, events, **address):
        kept = [event for n, event in enumerate(events, first) if n % 10 != 5]
        return await publish(self, run_id, attempt, first, kept, **address)

    broker.Broker.publish = publish_most


@mutant("RSM-11")
def lead_to_a_dead_location() -> None:
    """The `Location` of a stateless stream is answered with 404."""

    async def find_nothing(request):
        return Response('{"detail": "Not Found"}', 404, media_type="application/json")

    replace_endpoint(streams.routes, "/runs/{run_id}/stream", find_nothing)


@mutant("STR-33")
def name_messages_anew() -> None:
    """Streamed messages have ids of their own, which the state does not know."""
    name_events = Translator._name_events

    def name_oddly(self, mode, chunk):
        if mode == "messages":
            message, metadata = chunk
            chunk = message.model_copy(update={"id": str(uuid4())}), metadata
        return name_events(self, mode, chunk)

    Translator._name_events = name_oddly


@mutant("STR-04", STR_05="one test asks both that words of the state are no question")
def take_state_for_a_question() -> None:
    """State in which the word `__interrupt__` stands is streamed as a question."""
    name_events = Translator._name_events

    def misread(self, mode, chunk):
        if mode == "values" and "__interrupt__" in str(chunk.get("text")):
            chunk = {"__interrupt__": []}
        return name_events(self, mode, chunk)

    Translator._name_events = misread


@mutant("STR-34")
def report_the_loss_of_the_database() -> None:
    """An attempt that loses its database says so to its clients, and the next one succeeds."""
    outcome = execution.Execution._outcome

    async def say_everything(self):
        try:
            return await outcome(self)
        except StorageAway as error:
            public = {"error": "StorageAway", "message": str(error)}
            self._attempt.publication.emit("error", public)
            raise

    execution.Execution._outcome = say_everything


@mutant("RSM-19")
def follow_runs_that_are_over() -> None:
    """A finished run whose stream is joined is taken for one that goes on."""

    async def never(services, run_id):
        return False

    names = vars(following) | {"is_over": never}
    follow = FunctionType(following.follow.__code__, names)
    follow.__kwdefaults__ = following.follow.__kwdefaults__
    streams.following = SimpleNamespace(**names | {"follow": follow})

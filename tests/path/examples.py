"""A rich path for tests: a made-up event permit across seven agencies. No legal advice."""

from __future__ import annotations

from datetime import date

from polku.path.facts import (
    Contact,
    Deadline,
    Document,
    Facts,
    Fee,
    Origin,
    Promise,
    Text,
    Version,
)
from polku.path.model import (
    Data,
    Event,
    Flow,
    Gateway,
    Lane,
    MessageFlow,
    Path,
    Pool,
    Step,
    Timer,
)

CHECKED = date(2026, 3, 2)


def _t(en: str, fi: str = "", sv: str = "") -> Text:
    return Text(fi or None, sv or None, en)


def _asks(key: str, en: str, fi: str, sv: str, basis: str = "") -> Document:
    return Document(key, "asked", _t(en, fi, sv), Origin(basis or None, None, "B", CHECKED))


APPLICATION = _asks("application", "Event application", "Tapahtumahakemus", "Ansökan om evenemang")
SITE_PLAN = _asks("site-plan", "Site plan", "Aluesuunnitelma", "Områdesplan")
RESCUE_PLAN = _asks(
    "rescue-plan",
    "Rescue plan",
    "Pelastussuunnitelma",
    "Räddningsplan",
    "Pelastuslaki 379/2011 16 §",
)
NOISE = _asks(
    "noise",
    "Noise notification",
    "Meluilmoitus",
    "Bulleranmälan",
    "Ympäristönsuojelulaki 527/2014 118 §",
)
NOTICE = _asks(
    "notice", "Public event notice", "Yleisötilaisuusilmoitus", "Anmälan om tillställning"
)


def _deadline(duration: str, counted: str, of: str | None, basis: str, source: str) -> Deadline:
    return Deadline(
        duration,
        counted,
        of,
        Text(),
        Origin(basis, source, "B", CHECKED),
    )


LANES = (
    Lane(
        "customer-lane",
        "Customer",
        None,
        "customer",
        facts=Facts(_t("Customer", "Asiakas", "Kund")),
    ),
    Lane(
        "events",
        "Event services",
        facts=Facts(_t("Event services", "Tapahtumapalvelut", "Evenemangstjänster")),
    ),
    Lane(
        "advice",
        "Event advice",
        "events",
        "unit",
        facts=Facts(_t("Event advice", "Tapahtumaneuvonta", "Evenemangsrådgivning")),
    ),
    Lane(
        "coordination",
        "Coordination",
        "events",
        "unit",
        facts=Facts(_t("Coordination", "Koordinointi", "Samordning")),
    ),
    Lane(
        "environment",
        "Urban environment",
        facts=Facts(_t("Urban environment", "Kaupunkiympäristö", "Stadsmiljö")),
    ),
    Lane(
        "areas",
        "Area use",
        "environment",
        "unit",
        facts=Facts(_t("Area use", "Alueidenkäyttö", "Områdesanvändning")),
    ),
    Lane(
        "building",
        "Building control",
        "environment",
        "unit",
        facts=Facts(_t("Building control", "Rakennusvalvonta", "Byggnadstillsyn")),
    ),
    Lane(
        "protection",
        "Environmental services",
        facts=Facts(_t("Environmental services", "Ympäristöpalvelut", "Miljötjänster")),
    ),
    Lane(
        "noise-unit",
        "Environmental protection",
        "protection",
        "unit",
        facts=Facts(_t("Environmental protection", "Ympäristönsuojelu", "Miljövård")),
    ),
    Lane(
        "food-unit",
        "Food safety",
        "protection",
        "unit",
        facts=Facts(_t("Food safety", "Elintarviketurvallisuus", "Livsmedelssäkerhet")),
    ),
    Lane(
        "rescue",
        "Rescue department",
        facts=Facts(_t("Rescue department", "Pelastuslaitos", "Räddningsverket")),
    ),
    Lane("police", "Police", facts=Facts(_t("Police", "Poliisi", "Polisen"))),
    Lane(
        "tourism",
        "Tourism marketing",
        facts=Facts(_t("Tourism marketing", "Matkailumarkkinointi", "Turismmarknadsföring")),
    ),
)


def _step(id: str, en: str, fi: str, sv: str, lane: str, kind: str = "user", **more) -> Step:
    facts = {k: more.pop(k) for k in list(more) if k in Facts.__dataclass_fields__}
    return Step(id, en, kind, lane, facts=Facts(names=_t(en, fi, sv), **facts), **more)


def _gate(id: str, name: tuple[str, str, str] | None, kind: str, lane: str, **more) -> Gateway:
    names = _t(*name) if name else Text()
    return Gateway(id, name[0] if name else "", kind, lane, facts=Facts(names), **more)


def _flow(source: str, target: str, name: tuple[str, str, str] | None = None, **more) -> Flow:
    names = Facts(_t(*name)) if name else Facts()
    return Flow(
        f"{source}-to-{target}", source, target, name[0] if name else "", facts=names, **more
    )


def event_permit() -> Path:
    """The example: 23 steps, an AND split of statements, a supplement loop, a boundary timer."""
    by_customer = Contact("customer", ("online", "e-mail"))
    nodes = (
        Event(
            "idea",
            "Event planned",
            "start",
            lane="customer-lane",
            facts=Facts(_t("Event planned", "Tapahtuma suunnitteilla", "Evenemang planeras")),
        ),
        _step(
            "plan",
            "Plan the event",
            "Suunnittele tapahtuma",
            "Planera evenemanget",
            "customer-lane",
            "manual",
            text=_t(
                "Decide what, where and for how many people.",
                "Päätä mitä, missä ja kuinka monelle.",
                "Bestäm vad, var och för hur många.",
            ),
        ),
        _step(
            "advise",
            "Advise the organiser",
            "Neuvo järjestäjää",
            "Ge arrangören råd",
            "advice",
            contact=Contact("customer", ("phone", "e-mail", "visit")),
        ),
        _step(
            "receive",
            "Receive the application",
            "Vastaanota hakemus",
            "Ta emot ansökan",
            "coordination",
            "receive",
            contact=by_customer,
            documents=(APPLICATION, SITE_PLAN),
            writes=("file",),
            deadlines=(
                _deadline("P30D", "before", "event-start", "Terms of area use", "City web page"),
            ),
        ),
        _gate("again", None, "exclusive", "coordination"),
        _step(
            "check",
            "Check that it is complete",
            "Tarkista täydellisyys",
            "Kontrollera att den är komplett",
            "coordination",
            reads=("file",),
        ),
        _gate(
            "complete",
            ("Complete?", "Täydellinen?", "Komplett?"),
            "exclusive",
            "coordination",
            default="complete-to-split",
        ),
        _step(
            "ask-more",
            "Ask for a supplement",
            "Pyydä täydennystä",
            "Begär komplettering",
            "coordination",
            "send",
            contact=Contact("city", ("e-mail",)),
            delay="customer",
        ),
        _step(
            "supplement",
            "Supplement the application",
            "Täydennä hakemusta",
            "Komplettera ansökan",
            "customer-lane",
            "manual",
        ),
        Event(
            "late",
            "No answer in 14 days",
            "boundary",
            "timer",
            Timer("duration", "P14D"),
            "supplement",
            True,
            "customer-lane",
            facts=Facts(
                _t("No answer in 14 days", "Ei vastausta 14 päivässä", "Inget svar på 14 dagar")
            ),
        ),
        _step(
            "lapse",
            "Let the matter lapse",
            "Raukeaminen",
            "Låt ärendet förfalla",
            "coordination",
            contact=Contact("city", ("letter",)),
        ),
        Event(
            "lapsed",
            "Lapsed",
            "end",
            lane="coordination",
            facts=Facts(_t("Lapsed", "Rauennut", "Förfallet")),
        ),
        _gate("split", None, "parallel", "coordination"),
        _step(
            "land",
            "Consent of the land owner",
            "Maanomistajan lupa",
            "Markägarens tillstånd",
            "areas",
            promise=Promise("P6D"),
            delay="statement",
        ),
        _step(
            "structures",
            "Check structures",
            "Tarkista rakenteet",
            "Kontrollera konstruktioner",
            "building",
        ),
        _step(
            "noise-check",
            "Decide on noise",
            "Tee melupäätös",
            "Besluta om buller",
            "noise-unit",
            contact=by_customer,
            documents=(NOISE,),
            deadlines=(
                _deadline(
                    "P30D",
                    "before",
                    "event-start",
                    "Ympäristönsuojelulaki 527/2014 118 §",
                    "finlex.fi",
                ),
            ),
        ),
        _step(
            "food",
            "Check food sales",
            "Tarkista elintarvikemyynti",
            "Kontrollera livsmedelsförsäljning",
            "food-unit",
        ),
        _step(
            "rescue-check",
            "Check the rescue plan",
            "Tarkista pelastussuunnitelma",
            "Granska räddningsplanen",
            "rescue",
            contact=by_customer,
            documents=(RESCUE_PLAN,),
            deadlines=(
                _deadline(
                    "P14D", "before", "event-start", "Pelastuslaki 379/2011 16 §", "finlex.fi"
                ),
            ),
        ),
        _step(
            "police-check",
            "Handle the notice",
            "Käsittele ilmoitus",
            "Behandla anmälan",
            "police",
            contact=by_customer,
            documents=(NOTICE,),
            deadlines=(
                _deadline(
                    "P5D", "before", "event-start", "Kokoontumislaki 530/1999 14 §", "finlex.fi"
                ),
            ),
        ),
        _gate("join", None, "parallel", "coordination"),
        _step(
            "decide",
            "Decide on the permit",
            "Päätä luvasta",
            "Besluta om tillståndet",
            "areas",
            writes=("decision",),
            fixed="The law wants it",
        ),
        _step(
            "notify",
            "Send the decision",
            "Lähetä päätös",
            "Skicka beslutet",
            "coordination",
            "send",
            contact=Contact("city", ("online", "letter")),
            documents=(Document("decision", "made", _t("Decision", "Päätös", "Beslut")),),
            reads=("decision",),
        ),
        _gate("granted", ("Granted?", "Myönnetty?", "Beviljat?"), "exclusive", "coordination"),
        Event(
            "refused",
            "Refused",
            "end",
            lane="coordination",
            facts=Facts(_t("Refused", "Hylätty", "Avslaget")),
        ),
        _step(
            "invoice",
            "Invoice the use of the area",
            "Laskuta alueen käytöstä",
            "Fakturera områdesanvändningen",
            "areas",
            "send",
            contact=Contact("city", ("letter", "e-mail")),
            fees=(
                Fee(
                    600,
                    "EUR",
                    "day",
                    _t(
                        "Use of a square, public event",
                        "Aukion käyttö, yleisötapahtuma",
                        "Torganvändning, offentligt evenemang",
                    ),
                    Origin(None, "City price list", "B", CHECKED),
                ),
            ),
        ),
        _step(
            "pay",
            "Pay and hold the event",
            "Maksa ja järjestä tapahtuma",
            "Betala och håll evenemanget",
            "customer-lane",
            "manual",
        ),
        _step(
            "inspect",
            "Inspect on site",
            "Tarkasta paikan päällä",
            "Inspektera på plats",
            "rescue",
            contact=Contact("city", ("site",)),
        ),
        _step(
            "publish",
            "Publish in the calendar",
            "Julkaise kalenterissa",
            "Publicera i kalendern",
            "tourism",
            "service",
        ),
        _gate("split2", None, "parallel", "coordination"),
        _gate("join2", None, "parallel", "coordination"),
        _step(
            "report",
            "Ask how it went",
            "Kysy palautetta",
            "Fråga hur det gick",
            "advice",
            contact=Contact("city", ("online",)),
        ),
        Event(
            "held",
            "Event held",
            "end",
            lane="advice",
            facts=Facts(_t("Event held", "Tapahtuma pidetty", "Evenemanget hållet")),
        ),
    )
    no = ("incomplete", "puutteellinen", "ofullständig")
    flows = (
        _flow("idea", "plan"),
        _flow("plan", "advise"),
        _flow("advise", "receive"),
        _flow("receive", "again"),
        _flow("again", "check"),
        _flow("check", "complete"),
        _flow("complete", "ask-more", no, condition="missing > 0", probability=0.4),
        _flow("complete", "split", ("complete", "täydellinen", "komplett"), probability=0.6),
        _flow("ask-more", "supplement"),
        _flow("supplement", "again"),
        _flow("late", "lapse"),
        _flow("lapse", "lapsed"),
        _flow("split", "land"),
        _flow("split", "structures"),
        _flow("split", "noise-check"),
        _flow("split", "food"),
        _flow("split", "rescue-check"),
        _flow("split", "police-check"),
        _flow("land", "join"),
        _flow("structures", "join"),
        _flow("noise-check", "join"),
        _flow("food", "join"),
        _flow("rescue-check", "join"),
        _flow("police-check", "join"),
        _flow("join", "decide"),
        _flow("decide", "notify"),
        _flow("notify", "granted"),
        _flow(
            "granted", "refused", ("no", "ei", "nej"), condition="granted = false", probability=0.05
        ),
        _flow(
            "granted",
            "split2",
            ("yes", "kyllä", "ja"),
            condition="granted = true",
            probability=0.95,
        ),
        _flow("split2", "invoice"),
        _flow("split2", "inspect"),
        _flow("split2", "publish"),
        _flow("invoice", "pay"),
        _flow("pay", "join2"),
        _flow("inspect", "join2"),
        _flow("publish", "join2"),
        _flow("join2", "report"),
        _flow("report", "held"),
    )
    messages = (
        MessageFlow("m-question", "applicant", "advise", "Question"),
        MessageFlow("m-application", "applicant", "receive", "Application"),
        MessageFlow("m-supplement", "ask-more", "applicant", "Supplement request"),
        MessageFlow("m-noise", "applicant", "noise-check", "Noise notification"),
        MessageFlow("m-rescue", "applicant", "rescue-check", "Rescue plan"),
        MessageFlow("m-police", "applicant", "police-check", "Notice"),
        MessageFlow("m-lapse", "lapse", "applicant", "Letter"),
        MessageFlow("m-decision", "notify", "applicant", "Decision"),
        MessageFlow("m-invoice", "invoice", "applicant", "Invoice"),
        MessageFlow("m-survey", "report", "applicant", "Survey"),
    )
    return Path(
        "event-permit-example",
        "Event permit",
        version=Version("event-permit", "1", "current", date(2026, 1, 1)),
        facts=Facts(names=_t("Event permit", "Tapahtuman lupapolku", "Evenemangstillstånd")),
        city=Pool("city", "City", Facts(_t("City", "Kaupunki", "Staden"))),
        parties=(Pool("applicant", "Customer", Facts(_t("Customer", "Asiakas", "Kund"))),),
        lanes=LANES,
        nodes=nodes,
        flows=flows,
        messages=messages,
        data=(Data("file", "Application file"), Data("decision", "Decision")),
    )

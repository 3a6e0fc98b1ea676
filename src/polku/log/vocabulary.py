"""Words by which columns and values are recognised, in English, Finnish, Swedish, Dutch, German
and Spanish; a guess by a word always stands beside a look at the content."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping as AnyMapping


def plain(name: str) -> str:
    """A column's name as small letters and figures only, without `case:`, accents and marks.

    >>> plain("case:Start-Date"), plain("Käsittelijä"), plain("org:group")
    ('startdate', 'kasittelija', 'orggroup')
    """
    bare = name.removeprefix("case:").lower()
    split = unicodedata.normalize("NFKD", bare)
    return re.sub(r"[^a-z0-9]", "", "".join(c for c in split if not unicodedata.combining(c)))


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


XES_NAMES: AnyMapping[str, str] = {
    "case": "case:concept:name", "activity": "concept:name", "time": "time:timestamp",
    "start": "start_timestamp", "resource": "org:resource", "unit": "org:group",
    "lifecycle": "lifecycle:transition", "instance": "concept:instance",
}  # fmt: skip
"""Role → the name that XES tools give its column when they write a table."""

EVENT_WORDS: AnyMapping[str, tuple[str, ...]] = {
    "case": _words(
        "caseconceptname caseid case casenumber caseno casenr casekey traceid trace matterid matter"
        " processinstanceid processinstance processid asiaid asia asianro asianumero asiatunnus"
        " diaarinumero tapausid tapaus hakemusid hakemusnumero arendeid arende arendenummer"
        " arendenr diarienummer zaakid zaak zaaknummer zaaknr vorgangsid vorgang vorgangsnummer"
        " fallid fall fallnummer aktenzeichen casoid caso idcaso expediente expedienteid"
        " applicationid applicationnumber permitid permitnumber requestid ticketid incidentid"
        " orderid dossierid dossier dossiernummer dossiernr lupanumero lupatunnus id"
    ),
    "activity": _words(
        "conceptname activity activityname task taskname event eventname step stepname action"
        " activitylabel workstep operation toimenpide vaihe tapahtuma tehtava aktiviteetti"
        " tyovaihe aktivitet handelse steg atgard uppgift activiteit taak handeling actie stap"
        " gebeurtenis aktivitaet aktivitat tatigkeit taetigkeit schritt aufgabe ereignis"
        " actividad tarea evento paso eventtype"
    ),
    "time": _words(
        "timetimestamp timestamp time endtime endtimestamp completetime completetimestamp"
        " completiontime completedtime completed completedat finishtime finishedat finished"
        " enddate enddatetime end eventtime eventtimestamp datetime date aikaleima aika"
        " paattymisaika loppuaika valmistumisaika paivamaara pvm tidpunkt sluttid tid datum"
        " tidsstampel eindtijd tijdstip tijd einddatum zeitstempel zeitpunkt endzeit endezeit"
        " zeit ende fechafin horafin fechahora fecha hora marcadetiempo"
    ),
    "start": _words(
        "starttime starttimestamp startdatetime startdate start startedat started begintime"
        " begintimestamp begin begindate alkuaika aloitusaika alkamisaika alku starttid"
        " startdatum begintijd startzeit anfangszeit beginn fechainicio horainicio inicio"
    ),
    "resource": _words(
        "orgresource resource resourceid officer official caseworker clerk user userid username"
        " employee employeeid performer agent"
        " worker handler originator actor kasittelija henkilo tekija resurssi handlaggare resurs"
        " anvandare medewerker uitvoerder behandelaar bearbeiter ressource mitarbeiter recurso"
        " usuario empleado responsable"
    ),
    "unit": _words(
        "orggroup unit unitname orgunit organisationalunit organizationalunit department team"
        " group office desk workgroup yksikko osasto tiimi ryhma palveluyksikko enhet avdelning"
        " grupp afdeling eenheid groep team abteilung einheit gruppe dienststelle unidad"
        " departamento grupo equipo"
    ),
    "agency": _words(
        "agency authority organisation organization org orgname virasto viranomainen toimiala"
        " organisaatio hallintokunta myndighet forvaltning instantie organisatie bevoegdgezag"
        " behorde behoerde amt organismo agencia autoridad"
    ),
    "channel": _words(
        "channel contactchannel channelname kanava asiointikanava yhteydenottokanava kanal kanaal"
        " kontaktkanal canal"
    ),
    "order": _words(
        "order eventorder ordinal sequence sequencenumber seq seqno eventindex eventnr eventnumber"
        " jarjestys jarjestysnumero ordning ordningsnummer volgnummer volgorde reihenfolge"
        " laufendenummer orden secuencia"
    ),
    "lifecycle": _words(
        "lifecycletransition lifecycle transition eventtype transitiontype status eventstatus"
    ),
    "instance": _words("conceptinstance activityinstance activityinstanceid instance instanceid"),
    "contact": _words(
        "contact contactby contactstartedby startedby initiatedby initiator yhteydenotto aloittaja"
        " kontakt initiativtagare contacto"
    ),
    "kind": _words("eventkind kindofevent kind"),
    "data_key": _words("datakey documentkey datarequested documentrequested"),
    "fee": _words("fee fees maksu avgift leges gebuhr gebuehr tasa"),
}
"""Role of an event column → plain names, best first."""

CASE_WORDS: AnyMapping[str, tuple[str, ...]] = {
    "due": _words(
        "deadline duedate due dueby duetime legaldeadline maaraaika maarapaiva erapaiva"
        " forfallodatum tidsfrist frist slutfrist uiterstedatum fataledatum beslistermijn"
        " falligkeit faelligkeit fechalimite vencimiento plazo promiseddate promisedby promised"
        " luvattu"
    ),
    "promise_days": _words(
        "promisedays promiseddays sladays servicepromisedays palvelulupauspaivat"
    ),
    "promise_from_days": _words(
        "promisefromdays promisedfromdays promiseearliestdays earliestpromiseddays"
    ),
    "arrival": _words(
        "arrival arrivaltime arrivaldate received receivedat receiveddate receiptdate submitted"
        " submittedat submissiondate applicationdate regdate registrationdate saapunut"
        " saapumispaiva saapumispvm saapumisaika vireilletulo vireilletulopvm jattopvm inkommen"
        " inkom ankomst ankomstdatum ontvangstdatum indieningsdatum aanvraagdatum eingang"
        " eingangsdatum antragsdatum fecharecepcion fechasolicitud fechaentrada"
    ),
    "kind": _words(
        "casetype mattertype kindofmatter kind asiatyyppi asialaji asianlaji lupatyyppi"
        " arendetyp arendeslag zaaktype vorgangsart vorgangstyp tipocaso tipoexpediente"
        " permittype applicationtype requesttype typeofmatter typeofcase typeofpermit typeofevent"
        " kindofevent kindofcase kindofpermit"
    ),
    "customer": _words(
        "customer customerid client clientid applicant applicantid businessid asiakas asiakasid"
        " hakija ytunnus kund sokande klant aanvrager kunde antragsteller cliente solicitante"
    ),
    "status": _words(
        "status casestatus state casestate tila asiantila kasittelytila arendestatus zaakstatus"
        " toestand zustand vorgangsstatus estado estadocaso matterstatus"
    ),
    "end": _words(
        "enddate endtime end enddatetime closed closedat closedate closeddate closingdate"
        " closuredate finished finishedat finishdate completed completedat completiondate"
        " decisiondate resolvedat resolutiondate paattynyt paattymispaiva paattymispvm paatospvm"
        " paatospaiva valmistunut avslutad avslutat slutdatum beslutsdatum einddatum"
        " afgehandeld afhandeldatum afsluitdatum enddatum abschlussdatum abgeschlossen"
        " fechafin fechacierre fecharesolucion"
    ),
    "end_flag": _words("closed isclosed ended finished completed done suljettu paattynyt avslutad"),
    "start": _words(
        "startdate starttime start startdatum begindatum alkupvm aloituspvm fechainicio"
    ),
}
"""Role of a case column → plain names, best first."""

PLANNED = re.compile(
    r"plan|expect|target|estimat|forecast|due|deadline|promis|tavoite|suunni|arvio|berakn|gepland"
    r"|verwacht|geplant|erwart|previst|prevista|limit"
)
"""Marks a time that was meant, not what happened."""

PERSON = re.compile(
    r"responsib|resource|actor|handler|officer|official|clerk|owner|employee|user|person|staff"
    r"|kasittelij|vastuu|henkilo|handlagg|ansvarig|behandela|medewerker|verantwoord|bearbeiter"
    r"|mitarbeiter|empleado|responsable|usuario"
)
"""Marks a column that names a person: no segment, since no public figure shows a person."""

LATER = re.compile(
    r"^last|status|state$|phase|fase|outcome|result|decision|besluit|paatos|beslut|complete"
    r"|term(name)?$|ended|closed|tila$|vaihe"
)
"""Marks what a matter became on its way: segments are what it was when it came."""

STATUS_CLOSED = frozenset(_words(
    "closed g done completed complete finished ended resolved granted approved rejected refused"
    " withdrawn cancelled canceled decided archived expired paattynyt suljettu valmis ratkaistu"
    " paatetty hyvaksytty hylatty peruttu peruutettu rauennut arkistoitu avslutad avslutat stangd"
    " klar beviljad avslagen aterkallad gesloten afgehandeld afgerond voltooid verleend geweigerd"
    " ingetrokken abgeschlossen geschlossen erledigt bewilligt abgelehnt zuruckgezogen cerrado"
    " finalizado resuelto concedido denegado terminado archivado"
))  # fmt: skip
STATUS_OPEN = frozenset(_words(
    "open o opened new inprogress ongoing pending active started running waiting onhold suspended"
    " received registered processing underreview assigned avoin kesken vireilla uusi odottaa"
    " kasittelyssa kaynnissa vastaanotettu oppen pagaende ny vantar lopend inbehandeling nieuw"
    " aangehouden opgeschort offen laufend inbearbeitung neu abierto enproceso encurso pendiente"
    " t"
))  # fmt: skip

SURVEY_WORDS: AnyMapping[str, tuple[tuple[str, ...], int, int]] = {
    "csat": (
        _words("csat satisfaction tyytyvaisyys asiakastyytyvaisyys nojdhet kundnojdhet"
               " tevredenheid zufriedenheit satisfaccion"), 1, 5,
    ),
    "ces": (_words("ces easy easiness helppous asioinninhelppous enkelhet gemak"), 1, 7),
    "nps": (_words("nps recommend suositteluhalukkuus"), 0, 10),
}  # fmt: skip
"""Question of a survey → plain names of its column, lowest and highest answer."""

OUTCOME_COLUMNS = _words(
    "outcome result caseoutcome decision decisiontype lopputulos paatos ratkaisu utfall beslut"
    " uitkomst resultaat besluit ergebnis entscheidung resultado decisiontaken"
)
OUTCOME_WORDS: AnyMapping[str, frozenset[str]] = {
    "decided": frozenset(_words(
        "decided granted approved accepted positive permitted hyvaksytty myonnetty paatetty"
        " myonteinen beviljad godkand beslutad verleend toegekend goedgekeurd bewilligt genehmigt"
        " concedido aprobado"
    )),
    "rejected": frozenset(_words(
        "rejected refused denied negative declined hylatty kielteinen avslagen avslag geweigerd"
        " afgewezen abgelehnt denegado rechazado"
    )),
    "withdrawn": frozenset(_words(
        "withdrawn cancelled canceled peruttu peruutettu perattu aterkallad ingetrokken"
        " geannuleerd zuruckgezogen retirado desistido cancelado"
    )),
    "expired": frozenset(_words("expired lapsed rauennut forfallen vervallen verfallen caducado")),
}  # fmt: skip
"""Way of ending → plain words for it in a column of outcomes."""

NONE_WORDS = frozenset({
    "", "-", "--", "?", "#n/a", "n/a", "na", "nan", "null", "none", "nil", "empty", "unknown",
    "missing", "undefined", "not available", "not applicable", "(empty)", "(null)", "(none)",
    "unassigned", "tuntematon", "ei tiedossa", "ei tietoa", "ei ole", "puuttuu", "tyhjä", "okänd",
    "saknas", "tom", "ingen uppgift", "onbekend", "leeg", "geen", "ontbreekt", "unbekannt", "leer",
    "keine angabe", "nicht verfügbar", "desconocido", "vacío", "ninguno", "sin datos",
})  # fmt: skip
"""Values (small letters) that mean "no value" where they stand among others."""

SYSTEM_ACCOUNT = re.compile(
    r"sys|system|systeem|järjestelmä|jarjestelma|sistema|batch|robot|bot|rpa|daemon|automatic"
    r"|automated|auto|automaatti|automatisk|automatisch|scheduler|service[ _-]?account"
)
"""Whole names (small letters) of resources that are machines."""

# ruff: noqa: E501
"""The event permit: what an organiser does before, during and after an event in a public place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from paths.blocks import (
    NO,
    NO_WORDS,
    YES,
    Again,
    Block,
    Book,
    Inside,
    Remind,
    Said,
    Stop,
    Together,
    Way,
    after,
    agency,
    any_of,
    before,
    changed,
    customer,
    one_of,
    origin,
    path_of,
    when,
)
from polku.path.facts import Deadline, Fee, Promise, Text, Version
from polku.path.model import Path, Step

NAME = "event-permit"
T = Text
NAMES = T("Tapahtuman lupapolku", "Evenemangstillstånd", "Event permit")
TEXT = T(
    "Näin tapahtuman järjestäjä hoitaa luvat, ilmoitukset ja suunnitelmat, kun tapahtuma pidetään yleisellä alueella. Polku päättyy siihen, että tapahtuma on pidetty ja näkyy matkailun tapahtumakalenterissa.",
    "Så här sköter en evenemangsarrangör tillstånd, anmälningar och planer när evenemanget ordnas på ett allmänt område. Servicestigen slutar när evenemanget har ordnats och finns i turismens evenemangskalender.",
    "How an event organiser takes care of permits, notifications and plans when the event is held in a public area. The path ends when the event has been held and stands in the tourism calendar.",
)

ABOUT = """
Fact, as far as the sources below go: the duties with their receivers, thresholds and times; the 17
fields that can be asked again; that agencies decide and invoice separately; the time for a claim
for revision; the cancellation fee; the prices of 2019; that some places can be booked without a
permit; that an earlier joint e-form left decisions and invoices apart; what the tourism calendar
needs. Worked example: the order of steps, the units' names, the insights, the prototypes and
everything under *Assumptions*.

The log `synthetic-log.csv.gz` is simulated from this path, its joint form and their scenarios
(`*.scenario.json`, assumed nearly throughout): it is invented and counts nothing of any real city.
"""

# -- sources

FORM = "Reference table on event permits: a form template in use in a city"
PAGE = "Reference table on event permits: a city's public page"
UNRATED = "Reference on event permits (states no strength; taken as B)"
ASSEMBLY = origin("Kokoontumislaki 530/1999 14 §", PAGE, "B")
RESCUE_LAW = origin("Pelastuslaki 379/2011 16 §, asetus 407/2011 3 §", PAGE, "B")
NOISE_LAW = origin("Ympäristönsuojelulaki 527/2014", FORM, "A")
TERMS = origin("Permit terms", FORM, "A")
FOOD_LAW = origin(
    "Elintarvikelaki (2006), as a template in use cites it; replaced by 297/2021", FORM, "C"
)
TOILETS = origin("STM asetus 405/2009", FORM, "A")
WASTE = origin("Waste regulations", FORM, "A")
APPEAL = origin("Appeal instructions of the decision", UNRATED, "B")
CANCEL = origin("The city's terms for cancelling a booking", UNRATED, "B")
PRICES = origin("The city's price list 2019", UNRATED, "B")

OWN_INVOICE = "Agencies invoice separately; which of them do, and how much, is not known: here noise control, food safety and the alcohol authority, without an amount."
ASKED_OF = "Statements are asked of the rescue department and environmental services, an assumption; the reference does not say of whom."
NO_TIME = "The reference gives no time limit for this duty, so none is stated."

# -- documents

BOOK = Book(
    {
        "event-basics": T(
            "Tapahtuman perustiedot (nimi, paikka, ajat, järjestäjä, yleisömäärä)",
            "Evenemangets basuppgifter (namn, plats, tider, arrangör, antal besökare)",
            "Basic data of the event (name, place, times, organiser, attendance)",
        ),
        "area-application": T(
            "Hakemus alueen käyttämisestä",
            "Ansökan om att använda området",
            "Application to use the area",
        ),
        "site-plan": T("Aluesuunnitelma kartalla", "Områdesplan på karta", "Site plan on a map"),
        "public-event-notification": T(
            "Yleisötilaisuusilmoitus",
            "Anmälan om offentlig tillställning",
            "Public-event notification",
        ),
        "rescue-plan": T(
            "Tapahtuman pelastussuunnitelma",
            "Räddningsplan för evenemanget",
            "Rescue plan of the event",
        ),
        "noise-notification": T("Meluilmoitus", "Bulleranmälan", "Noise notification"),
        "food-notice": T(
            "Ilmoitus elintarvikkeiden myynnistä",
            "Anmälan om försäljning av livsmedel",
            "Food sales notice",
        ),
        "service-plan": T(
            "Käymälä- ja palvelusuunnitelma", "Toalett- och serviceplan", "Toilet and service plan"
        ),
        "waste-plan": T("Jätehuoltosuunnitelma", "Avfallshanteringsplan", "Waste plan"),
        "waste-report": T(
            "Jätehuollon loppuraportti",
            "Slutrapport om avfallshanteringen",
            "Final report on waste",
        ),
        "safety-document": T("Turvallisuusasiakirja", "Säkerhetsdokument", "Safety document"),
        "structures-description": T(
            "Selvitys rakenteista", "Utredning om konstruktioner", "Description of structures"
        ),
        "alcohol-application": T(
            "Hakemus alkoholin anniskelusta",
            "Ansökan om alkoholservering",
            "Application to serve alcohol",
        ),
        "music-details": T(
            "Musiikin käyttötiedot", "Uppgifter om musikanvändningen", "Details of the music played"
        ),
        "lottery-application": T(
            "Arpajaislupahakemus",
            "Ansökan om lotteritillstånd",
            "Application for a lottery licence",
        ),
        "effects-notification": T(
            "Ilmoitus ilotulituksesta tai tehosteista",
            "Anmälan om fyrverkeri eller specialeffekter",
            "Notification of fireworks or effects",
        ),
        "traffic-plan": T(
            "Suunnitelma tilapäisistä liikennejärjestelyistä",
            "Plan för tillfälliga trafikarrangemang",
            "Plan of temporary traffic arrangements",
        ),
        "signs-plan": T("Opasteiden suunnitelma", "Skyltplan", "Plan of signs"),
        "permit": T(
            "Päätös alueen käyttämisestä",
            "Beslut om användningen av området",
            "Decision on the use of the area",
        ),
        "revision-claim": T("Oikaisuvaatimus", "Begäran om omprövning", "Claim for revision"),
        "short-description": T(
            "Lyhyt kuvaus (enintään 160 merkkiä)",
            "Kort beskrivning (högst 160 tecken)",
            "Short description (at most 160 characters)",
        ),
        "keywords": T("Asiasanat", "Nyckelord", "Keywords"),
        "texts-sv-en": T(
            "Tekstit ruotsiksi ja englanniksi",
            "Texter på svenska och engelska",
            "Texts in Swedish and English",
        ),
        "image-licence": T(
            "Kuva ja sen käyttöoikeus", "Bild och rätt att använda den", "Image with its licence"
        ),
        "audience": T("Kohderyhmä", "Målgrupp", "Audience"),
        "joint-application": T("Yhteinen hakemus", "Gemensam ansökan", "Joint application"),
        "small-event-notification": T(
            "Ilmoitus pienestä tapahtumasta",
            "Anmälan om ett litet evenemang",
            "Notification of a small event",
        ),
        "place-booking": T("Paikan varaus", "Platsbokning", "Booking of the place"),
        "event-answer": T(
            "Koottu vastaus kaikista asioista",
            "Samlat svar i alla ärenden",
            "Joint answer on all matters",
        ),
    }
)
FIVE = "short-description keywords texts-sv-en image-licence audience"

# -- lanes

LANES = [
    *customer(T("Tapahtuman järjestäjä", "Evenemangsarrangören", "Organiser")),
    *agency(
        "event-services", T("Tapahtumapalvelut", "Evenemangstjänster", "Event services"),
        ("event-desk", T("Tapahtumien palvelupiste", "Servicepunkten för evenemang", "Event desk")),
    ),
    *agency(
        "city-environment", T("Kaupunkiympäristö", "Stadsmiljö", "City environment"),
        ("area-use", T("Alueiden käyttö", "Områdesanvändning", "Area use")),
        ("traffic", T("Liikennejärjestelyt", "Trafikarrangemang", "Traffic arrangements")),
        ("building-control", T("Rakennusvalvonta", "Byggnadstillsynen", "Building control")),
    ),
    *agency(
        "rescue-department", T("Pelastuslaitos", "Räddningsverket", "Rescue department"),
        ("event-safety", T("Tapahtumaturvallisuus", "Evenemangssäkerhet", "Event safety")),
    ),
    *agency(
        "environmental-services", T("Ympäristöpalvelut", "Miljötjänster", "Environmental services"),
        ("noise-control", T("Meluntorjunta", "Bullerbekämpning", "Noise control")),
        ("food-safety", T("Elintarviketurvallisuus", "Livsmedelssäkerhet", "Food safety")),
        ("waste-supervision", T("Jätehuollon valvonta", "Avfallstillsyn", "Waste supervision")),
    ),
    *agency(
        "police", T("Poliisi (valtio)", "Polisen (staten)", "Police (state)"),
        ("police-licences", T("Luvat", "Tillstånd", "Licences")),
    ),
    *agency(
        "tukes", T("Turvallisuus- ja kemikaalivirasto Tukes (valtio)", "Säkerhets- och kemikalieverket Tukes (staten)", "Safety and Chemicals Agency Tukes (state)"),
        ("programme-safety", T("Kuluttajaturvallisuus", "Konsumentsäkerhet", "Consumer safety")),
    ),
    *agency(
        "avi", T("Aluehallintovirasto (valtio)", "Regionförvaltningsverket (staten)", "Regional State Administrative Agency (state)"),
        ("alcohol-licences", T("Alkoholiluvat", "Alkoholtillstånd", "Alcohol licences")),
        notes=["The reference names AVI. General knowledge (strength C), to be checked before use: from 2026 its licences are handled by the Finnish Supervisory Agency (Lupa- ja valvontavirasto)."],
    ),
    *agency(
        "music-rights", T("Musiikin tekijänoikeusjärjestöt (Teosto, Gramex)", "Upphovsrättsorganisationerna för musik (Teosto, Gramex)", "Music rights organisations (Teosto, Gramex)"),
        ("music-licences", T("Esitysluvat", "Framförandetillstånd", "Performance licences")),
        notes=["Not an authority; it has a lane because the organiser has to deal with it."],
    ),
    *agency(
        "event-unit", T("Tapahtumayksikkö", "Evenemangsenheten", "Event unit"),
        ("events-calendar", T("Tapahtumakalenteri", "Evenemangskalendern", "Events calendar")),
    ),
]  # fmt: skip

# -- steps

S = BOOK.step
CANCEL_TEXT = T(
    "Jos varaus on {fi}, peru vähintään {ennen} ennen sen alkua. Muuten maksat puolet hinnasta.",
    "Om bokningen gäller {sv}, avboka minst {fore} innan den börjar. Annars betalar du halva priset.",
    "If the booking is for {en}, cancel at least {ahead} before it begins. Otherwise you pay half of the price.",
)


def _cancel(
    duration: str, fi: tuple[str, str], sv: tuple[str, str], en: tuple[str, str]
) -> Deadline:
    words = T(
        (CANCEL_TEXT.fi or "").format(fi=fi[0], ennen=fi[1]),
        (CANCEL_TEXT.sv or "").format(sv=sv[0], fore=sv[1]),
        (CANCEL_TEXT.en or "").format(en=en[0], ahead=en[1]),
    )
    return before(duration, "booking-start", words, CANCEL)


CANCELLING = [
    _cancel(
        "P14D", ("1–2 päivää", "14 päivää"), ("1–2 dagar", "14 dagar"), ("1–2 days", "14 days")
    ),
    _cancel(
        "P30D", ("3–6 päivää", "30 päivää"), ("3–6 dagar", "30 dagar"), ("3–6 days", "30 days")
    ),
    _cancel(
        "P3M",
        ("7–13 päivää", "3 kuukautta"),
        ("7–13 dagar", "3 månader"),
        ("7–13 days", "3 months"),
    ),
    _cancel(
        "P6M",
        ("14 päivää tai pidempi", "6 kuukautta"),
        ("14 dagar eller mer", "6 månader"),
        ("14 days or more", "6 months"),
    ),
]
PRICE_LIST = [
    Fee(
        600,
        per="day",
        text=T(
            "Esimerkkihinta: aukio, yleisölle avoin maksuton tapahtuma (Narinkka A)",
            "Exempelpris: torg, offentligt evenemang med fritt inträde (Narinken A)",
            "Example price: a square, public event free of charge (Narinkka A)",
        ),
        origin=PRICES,
    ),
    Fee(
        500,
        per="day",
        text=T(
            "Esimerkkihinta: aukio, yleisölle avoin maksuton tapahtuma (Rautatientori A)",
            "Exempelpris: torg, offentligt evenemang med fritt inträde (Järnvägstorget A)",
            "Example price: a square, public event free of charge (Rautatientori A)",
        ),
        origin=PRICES,
    ),
    Fee(
        3000,
        per="day",
        text=T(
            "Esimerkkihinta: aukio, yleisölle avoin maksuton tapahtuma (Senaatintori A)",
            "Exempelpris: torg, offentligt evenemang med fritt inträde (Senatstorget A)",
            "Example price: a square, public event free of charge (Senaatintori A)",
        ),
        origin=PRICES,
    ),
]
CLAIM_DAYS = after("P14D", "decision-notified", T(
    "Tee oikaisuvaatimus 14 päivän kuluessa päätöksen tiedoksisaannista.",
    "Begär omprövning inom 14 dagar från det att du har fått del av beslutet.",
    "Claim a revision within 14 days of being notified of the decision.",
), APPEAL)  # fmt: skip

STEPS = [
    S("plan-event", "customer-alone", T("Suunnittele tapahtuma", "Planera evenemanget", "Plan the event"),
      T("Päätä tapahtuman paikka, ajat ja ohjelma ja arvioi yleisömäärä. Näistä riippuu, mitä lupia ja ilmoituksia tarvitset.",
        "Bestäm plats, tider och program och uppskatta antalet besökare. De avgör vilka tillstånd och anmälningar du behöver.",
        "Decide on the place, the times and the programme and estimate the attendance. They decide which permits and notifications you need."), "manual"),
    S("ask-what-is-needed", "area-use", T("Kysy, mitä lupia tarvitaan", "Fråga vilka tillstånd som behövs", "Ask what permits are needed"),
      T("Kerro kaupungille lyhyesti tapahtumastasi. Kysy, mitä lupia ja ilmoituksia se vaatii.",
        "Berätta kort för staden om ditt evenemang. Fråga vilka tillstånd och anmälningar det kräver.",
        "Tell the city briefly about your event. Ask which permits and notifications it needs."), "receive", by="customer", via="e-mail phone visit"),
    S("answer-enquiry", "area-use", T("Vastaus tiedusteluun", "Svar på förfrågan", "Answer the enquiry"),
      T("Saat vastauksen ja tiedon siitä, mihin virastoihin otat itse yhteyttä.",
        "Du får svar och besked om vilka myndigheter du själv ska kontakta.",
        "You get an answer and learn which agencies you have to contact yourself."), "send", by="city", via="e-mail phone visit"),
    S("apply-for-area", "area-use", T("Hae lupaa käyttää aluetta", "Ansök om att få använda området", "Apply for the area"),
      T("Hae maanomistajan lupaa käyttää yleistä aluetta. Liitä hakemukseen aluesuunnitelma kartalla.",
        "Ansök om markägarens tillstånd att använda ett allmänt område. Bifoga en områdesplan på karta.",
        "Apply for the landowner's permission to use the public area. Attach a site plan on a map."), "receive",
      by="customer", via="online e-mail", asks="event-basics area-application site-plan"),
    S("acknowledge", "area-use", T("Vahvistus hakemuksen saapumisesta", "Bekräftelse på att ansökan har kommit in", "Acknowledge receipt"),
      T("Saat automaattisen viestin, että hakemuksesi on saapunut.", "Du får ett automatiskt meddelande om att din ansökan har kommit in.", "You get an automatic message that your application has arrived."),
      "send", by="city", via="e-mail", uses="area-application"),
    S("check-application", "area-use", T("Hakemuksen tarkistus", "Granskning av ansökan", "Check the application"),
      T("Käsittelijä tarkistaa, että hakemuksessa on kaikki tarvittavat tiedot. Sinun ei tarvitse tehdä mitään.",
        "Tjänsteinnehavaren kontrollerar att ansökan innehåller alla uppgifter som behövs. Du behöver inte göra något.",
        "The handler checks that the application holds all that is needed. You do not have to do anything."), uses="event-basics area-application site-plan"),
    S("supplement", "area-use", T("Täydennyskierros", "Komplettering", "Supplement round"),
      T("Jos tiedoista puuttuu jotain, kaupunki pyytää sitä sinulta. Käsittely jatkuu, kun olet vastannut.",
        "Om uppgifter saknas ber staden dig om dem. Behandlingen fortsätter när du har svarat.",
        "If something is missing, the city asks you for it. Handling goes on when you have answered."), "sub-process",
      notes=["17 fields of the application can be asked again in a supplement request; the reference gives their number, not their names.",
             "Other agencies ask for supplements too. Only the round of area use is drawn, so that the picture stays readable."]),
    S("ask-supplement", "area-use", T("Täydennyspyyntö", "Begäran om komplettering", "Ask for a supplement"),
      T("Saat viestin, jossa kerrotaan, mitä tietoja puuttuu.", "Du får ett meddelande om vilka uppgifter som saknas.", "You get a message that says which data are missing."),
      "send", by="city", via="e-mail", uses="area-application"),
    S("send-supplement", "area-use", T("Täydennä hakemusta", "Komplettera ansökan", "Send the supplement"),
      T("Lähetä puuttuvat tiedot. Täydennä vain ne kohdat, joita pyydettiin.", "Skicka in de uppgifter som saknas. Du behöver bara komplettera de punkter som begäran gäller.", "Send the missing data. You only have to complete the fields that were asked for."),
      "receive", by="customer", via="e-mail online", asks="event-basics area-application site-plan", delay="customer"),
    S("remind-supplement", "area-use", T("Muistutus täydennyksestä", "Påminnelse om kompletteringen", "Remind of the supplement"),
      T("Jos et ole vastannut, saat muistutuksen.", "Om du inte har svarat får du en påminnelse.", "If you have not answered, you get a reminder."),
      "send", by="city", via="e-mail", uses="area-application",
      assume=["A reminder of a supplement goes out after 7 days; no source gives the time."]),
    S("check-supplement", "area-use", T("Täydennyksen tarkistus", "Granskning av kompletteringen", "Check the supplement"),
      T("Käsittelijä tarkistaa, ovatko tiedot nyt riittävät.", "Tjänsteinnehavaren kontrollerar om uppgifterna nu räcker.", "The handler checks whether the data are now sufficient."), uses="area-application"),
    S("withdraw", "area-use", T("Peru hakemus", "Återta ansökan", "Withdraw the application"),
      T("Voit perua hakemuksen tai varauksen ilmoittamalla siitä kaupungille. Myöhäisestä perumisesta maksat puolet hinnasta.",
        "Du kan återta ansökan eller bokningen genom att meddela staden. För en sen avbokning betalar du halva priset.",
        "You can withdraw the application or the booking by telling the city. For a late cancellation you pay half of the price."),
      "receive", by="customer", via="e-mail", uses="area-application", deadlines=CANCELLING,
      assume=["Withdrawal is drawn before the decision only; it can happen at any time."]),
    # police
    S("notify-police", "police-licences", T("Lähetä yleisötilaisuusilmoitus", "Skicka anmälan om offentlig tillställning", "Send the public-event notification"),
      T("Ilmoita yleisölle avoimesta tapahtumasta poliisille viimeistään 5 päivää ennen sen alkua.",
        "Anmäl ett evenemang som är öppet för allmänheten till polisen senast 5 dagar innan det börjar.",
        "Notify the police of an event that is open to the public at least 5 days before it begins."), "receive",
      by="customer", via="online e-mail phone", asks="event-basics public-event-notification",
      deadlines=[before("P5D", "event-start", T("Ilmoitus viimeistään 5 päivää ennen tapahtuman alkua.", "Anmälan senast 5 dagar innan evenemanget börjar.", "Notification at least 5 days before the event begins."), ASSEMBLY)],
      notes=["The duty is of strength A, the number of days of strength B."]),
    S("handle-police", "police-licences", T("Yleisötilaisuusilmoituksen käsittely", "Behandling av anmälan om offentlig tillställning", "Handle the public-event notification"),
      T("Poliisi käsittelee ilmoituksen ja voi antaa määräyksiä turvallisuudesta.", "Polisen behandlar anmälan och kan meddela föreskrifter om säkerheten.", "The police handle the notification and may give orders on safety."),
      uses="public-event-notification", fixed="Assembly Act: the notification is handled by the police."),
    S("answer-police", "police-licences", T("Poliisin vastaus ilmoitukseen", "Polisens svar på anmälan", "Send the answer to the public-event notification"),
      T("Saat poliisin vastauksen. Noudata siinä annettuja määräyksiä.", "Du får polisens svar. Följ föreskrifterna i det.", "You get the answer of the police. Follow the orders in it."),
      "send", by="city", via="e-mail", uses="public-event-notification", notes=["A contact started by an authority; here it is the state's, not the city's."]),
    # rescue
    S("send-rescue-plan", "event-safety", T("Lähetä pelastussuunnitelma", "Skicka räddningsplanen", "Send the rescue plan"),
      T("Lähetä pelastussuunnitelma pelastuslaitokselle viimeistään 14 päivää ennen tapahtumaa, jos paikalla on yli 200 ihmistä tai ohjelmassa on erityisiä riskejä.",
        "Skicka räddningsplanen till räddningsverket senast 14 dagar före evenemanget, om fler än 200 personer deltar eller om programmet innebär särskilda risker.",
        "Send the rescue plan to the rescue department at least 14 days before the event, if more than 200 people attend or the programme has special risks."),
      "receive", by="customer", via="e-mail online", asks="event-basics site-plan rescue-plan",
      deadlines=[before("P14D", "event-start", T("Pelastussuunnitelma viimeistään 14 päivää ennen tapahtumaa.", "Räddningsplanen senast 14 dagar före evenemanget.", "Rescue plan at least 14 days before the event."), RESCUE_LAW)],
      notes=["The duty is of strength A, the figures (200 people, 14 days) of strength B."]),
    S("handle-rescue-plan", "event-safety", T("Pelastussuunnitelman käsittely", "Behandling av räddningsplanen", "Handle the rescue plan"),
      T("Pelastuslaitos arvioi suunnitelman ja pyytää tarvittaessa korjauksia.", "Räddningsverket bedömer planen och ber vid behov om ändringar.", "The rescue department assesses the plan and asks for corrections where needed."), uses="rescue-plan site-plan", fixed="Rescue Act: the plan is handled by the rescue authority."),
    S("answer-rescue-plan", "event-safety", T("Pelastuslaitoksen vastaus suunnitelmaan", "Räddningsverkets svar på planen", "Send the answer to the rescue plan"),
      T("Saat pelastuslaitoksen vastauksen suunnitelmaasi.", "Du får räddningsverkets svar på din plan.", "You get the rescue department's answer to your plan."), "send", by="city", via="e-mail", uses="rescue-plan"),
    # noise
    S("send-noise", "noise-control", T("Lähetä meluilmoitus", "Skicka bulleranmälan", "Send the noise notification"),
      T("Tee meluilmoitus viimeistään 30 päivää ennen tapahtumaa, jos siitä tulee häiritsevää melua.",
        "Gör en bulleranmälan senast 30 dagar före evenemanget, om det orsakar störande buller.",
        "Make a noise notification at least 30 days before the event if it causes disturbing noise."), "receive",
      by="customer", via="online e-mail", asks="event-basics noise-notification",
      deadlines=[before("P30D", "event-start", T("Meluilmoitus viimeistään 30 päivää ennen tapahtumaa.", "Bulleranmälan senast 30 dagar före evenemanget.", "Noise notification at least 30 days before the event."), NOISE_LAW)]),
    S("handle-noise", "noise-control", T("Meluilmoituksen käsittely", "Behandling av bulleranmälan", "Handle the noise notification"),
      T("Ympäristöpalvelut tekee meluilmoituksesta oman päätöksen.", "Miljötjänsterna fattar ett eget beslut om bulleranmälan.", "Environmental services make a decision of their own on the noise notification."), uses="noise-notification", fixed="Environmental Protection Act: the notification is decided by the environmental authority."),
    S("answer-noise", "noise-control", T("Päätös meluilmoituksesta", "Beslut om bulleranmälan", "Send the answer to the noise notification"),
      T("Saat päätöksen, jossa on sallitut ajat ja melurajat.", "Du får ett beslut med tillåtna tider och bullergränser.", "You get a decision with the times and noise levels allowed."), "send", by="city", via="e-mail", uses="noise-notification"),
    S("invoice-noise", "noise-control", T("Lasku meluilmoituksesta", "Faktura för bulleranmälan", "Send the invoice for the noise notification"),
      T("Saat meluilmoituksen käsittelystä erillisen laskun.", "Du får en separat faktura för behandlingen av bulleranmälan.", "You get a separate invoice for handling the noise notification."), "send", by="city", via="letter e-mail", uses="noise-notification", assume=[OWN_INVOICE]),
    # food
    S("send-food-notice", "food-safety", T("Ilmoita elintarvikkeiden myynnistä", "Anmäl försäljning av livsmedel", "Send the food sales notice"),
      T("Ilmoita ruoan tai juoman myynnistä ja tarjoilusta ennen tapahtumaa.", "Anmäl försäljning och servering av mat eller dryck före evenemanget.", "Give notice of selling and serving food or drink before the event."),
      "receive", by="customer", via="online e-mail", asks="event-basics food-notice",
      deadlines=[before("P0D", "event-start", T("Ilmoitus ennen kuin myynti alkaa.", "Anmälan innan försäljningen börjar.", "Notice before the selling begins."), FOOD_LAW)],
      assume=["The food notice is due before the selling begins; the act in force was not read for the time."],
      notes=["A template in use (strength A) cites the Food Act of 2006; that act was replaced by 297/2021 (strength C). Both stand."]),
    S("handle-food-notice", "food-safety", T("Elintarvikeilmoituksen käsittely", "Behandling av livsmedelsanmälan", "Handle the food sales notice"),
      T("Elintarvikevalvonta käsittelee ilmoituksen ja voi tarkastaa myyntipaikan.", "Livsmedelstillsynen behandlar anmälan och kan inspektera försäljningsplatsen.", "Food control handles the notice and may inspect the stall."), uses="food-notice"),
    S("answer-food-notice", "food-safety", T("Vastaus elintarvikeilmoitukseen", "Svar på livsmedelsanmälan", "Send the answer to the food sales notice"),
      T("Saat tiedon siitä, että ilmoitus on käsitelty, ja ohjeet myyntiä varten.", "Du får besked om att anmälan är behandlad och anvisningar för försäljningen.", "You hear that the notice has been handled and get instructions for selling."), "send", by="city", via="e-mail", uses="food-notice"),
    S("invoice-food", "food-safety", T("Lasku elintarvikeilmoituksesta", "Faktura för livsmedelsanmälan", "Send the invoice for the food sales notice"),
      T("Saat ilmoituksen käsittelystä erillisen laskun.", "Du får en separat faktura för behandlingen av anmälan.", "You get a separate invoice for handling the notice."), "send", by="city", via="letter e-mail", uses="food-notice", assume=[OWN_INVOICE]),
    S("send-service-plan", "food-safety", T("Lähetä käymälä- ja palvelusuunnitelma", "Skicka toalett- och serviceplanen", "Send the toilet and service plan"),
      T("Kun paikalla on yli 500 ihmistä, kerro suunnitelmassa käymälöistä ja muista yleisön palveluista.", "Om fler än 500 personer deltar ska du i planen redogöra för toaletter och annan service för publiken.", "When more than 500 people attend, say in the plan how toilets and other services for the public are arranged."),
      "receive", by="customer", via="e-mail", asks="event-basics site-plan service-plan", notes=["Basis: STM asetus 405/2009, threshold 500 people (strength A, a form template in use).", NO_TIME]),
    S("answer-service-plan", "food-safety", T("Vastaus käymälä- ja palvelusuunnitelmaan", "Svar på toalett- och serviceplanen", "Answer the toilet and service plan"),
      T("Saat tiedon, riittävätkö käymälät ja palvelut.", "Du får besked om toaletterna och servicen räcker till.", "You hear whether toilets and services are sufficient."), "send", by="city", via="e-mail", uses="service-plan"),
    # waste
    S("send-waste-plan", "waste-supervision", T("Lähetä jätehuoltosuunnitelma", "Skicka avfallshanteringsplanen", "Send the waste plan"),
      T("Kun paikalla on yhtä aikaa yli 500 ihmistä, lähetä jätehuoltosuunnitelma viimeistään 30 päivää ennen tapahtumaa.", "Om fler än 500 personer är på plats samtidigt, skicka avfallshanteringsplanen senast 30 dagar före evenemanget.", "When more than 500 people are there at once, send the waste plan at least 30 days before the event."),
      "receive", by="customer", via="e-mail", asks="event-basics waste-plan",
      deadlines=[before("P30D", "event-start", T("Jätehuoltosuunnitelma viimeistään 30 päivää ennen tapahtumaa.", "Avfallshanteringsplanen senast 30 dagar före evenemanget.", "Waste plan at least 30 days before the event."), WASTE)]),
    S("answer-waste-plan", "waste-supervision", T("Vastaus jätehuoltosuunnitelmaan", "Svar på avfallshanteringsplanen", "Answer the waste plan"),
      T("Saat tiedon, riittävätkö jätehuollon järjestelyt.", "Du får besked om avfallshanteringen är tillräcklig.", "You hear whether the arrangements for waste are sufficient."), "send", by="city", via="e-mail", uses="waste-plan"),
    # Tukes
    S("send-safety-document", "programme-safety", T("Lähetä turvallisuusasiakirja", "Skicka säkerhetsdokumentet", "Send the safety document"),
      T("Jos ohjelmassa on osallistujille riskejä, laadi turvallisuusasiakirja ja lähetä se Tukesille.", "Om programmet innebär risker för deltagarna ska du göra ett säkerhetsdokument och skicka det till Tukes.", "If the programme holds risks for those who take part, write a safety document and send it to Tukes."),
      "receive", by="customer", via="online e-mail", asks="event-basics safety-document", notes=["Basis: 920/2011 (strength A, a form template in use).", NO_TIME]),
    S("answer-safety-document", "programme-safety", T("Tukesin vastaus turvallisuusasiakirjaan", "Tukes svar på säkerhetsdokumentet", "Answer the safety document"),
      T("Saat Tukesin vastauksen. Korjaa asiakirjaa, jos sitä pyydetään.", "Du får svar från Tukes. Rätta dokumentet om du blir ombedd.", "You get the answer of Tukes. Correct the document if asked."), "send", by="city", via="e-mail", uses="safety-document", fixed="920/2011: the document is for a state authority."),
    # structures
    S("ask-structures", "building-control", T("Selvitä rakenteiden luvantarve", "Ta reda på om konstruktionerna kräver lov", "Ask whether the structures need a permit"),
      T("Kerro rakennusvalvonnalle lavoista, teltoista ja muista rakenteista. Kysy, tarvitaanko niille lupa.", "Berätta för byggnadstillsynen om scener, tält och andra konstruktioner. Fråga om de kräver lov.", "Tell building control about stages, tents and other structures. Ask whether they need a permit."),
      "receive", by="customer", via="e-mail phone", asks="event-basics site-plan structures-description", notes=["Basis: permit terms (strength A, a form template in use).", NO_TIME]),
    S("answer-structures", "building-control", T("Vastaus rakenteiden luvantarpeesta", "Svar om konstruktionerna", "Answer on the structures"),
      T("Saat tiedon, tarvitsevatko rakenteet lupaa.", "Du får besked om konstruktionerna kräver lov.", "You hear whether the structures need a permit."), "send", by="city", via="e-mail", uses="structures-description"),
    # alcohol, music, lottery, effects, traffic, signs
    S("apply-alcohol", "alcohol-licences", T("Hae anniskelulupaa", "Ansök om serveringstillstånd", "Apply for a licence to serve alcohol"),
      T("Hae anniskelulupaa, jos tapahtumassa myydään alkoholijuomia nautittavaksi.", "Ansök om serveringstillstånd om det säljs alkoholdrycker för förtäring på evenemanget.", "Apply for a licence if alcoholic drinks are sold for drinking at the event."),
      "receive", by="customer", via="online", asks="event-basics site-plan alcohol-application", notes=[NO_TIME]),
    S("decide-alcohol", "alcohol-licences", T("Päätös anniskeluluvasta", "Beslut om serveringstillstånd", "Send the decision on serving alcohol"),
      T("Saat päätöksen ja siitä erillisen laskun.", "Du får ett beslut och en separat faktura för det.", "You get a decision and a separate invoice for it."), "send", by="city", via="e-mail", uses="alcohol-application", fixed="A licence of the state: the city may not grant it.", assume=[OWN_INVOICE]),
    S("get-music-licence", "music-licences", T("Hanki musiikin esitysluvat", "Skaffa tillstånd för musik", "Get the licences for music"),
      T("Hanki lupa musiikin esittämiseen tekijänoikeusjärjestöiltä ennen tapahtumaa.", "Skaffa tillstånd att framföra musik av upphovsrättsorganisationerna före evenemanget.", "Get the licence to play music from the rights organisations before the event."),
      "receive", by="customer", via="online", asks="event-basics music-details", notes=[NO_TIME]),
    S("apply-lottery", "police-licences", T("Hae lupaa arpajaisiin", "Ansök om lotteritillstånd", "Apply for a lottery licence"),
      T("Hae poliisilta lupaa, jos järjestät arpajaiset, jotka vaativat luvan.", "Ansök om tillstånd hos polisen om du ordnar ett lotteri som kräver tillstånd.", "Apply to the police if you hold a lottery that needs a licence."),
      "receive", by="customer", via="online e-mail", asks="event-basics lottery-application", notes=[NO_TIME]),
    S("decide-lottery", "police-licences", T("Päätös arpajaisluvasta", "Beslut om lotteritillstånd", "Send the decision on the lottery"),
      T("Saat päätöksen arpajaisluvasta.", "Du får beslutet om lotteritillståndet.", "You get the decision on the lottery licence."), "send", by="city", via="e-mail", uses="lottery-application"),
    S("notify-effects", "event-safety", T("Ilmoita ilotulituksesta tai tehosteista", "Anmäl fyrverkeri eller specialeffekter", "Notify of fireworks or effects"),
      T("Ilmoita pelastuslaitokselle ilotulituksesta, tulesta tai muista tehosteista.", "Anmäl fyrverkeri, öppen eld eller andra specialeffekter till räddningsverket.", "Notify the rescue department of fireworks, fire or other effects."),
      "receive", by="customer", via="online e-mail", asks="event-basics effects-notification", assume=["Effects are notified to the rescue department; the reference names the receivers together, not one by one."], notes=[NO_TIME]),
    S("apply-traffic", "traffic", T("Hae lupaa liikennejärjestelyihin", "Ansök om trafikarrangemang", "Apply for traffic arrangements"),
      T("Hae päätöstä tilapäisestä liikennejärjestelystä, jos katu suljetaan tai liikenne ohjataan toisin.", "Ansök om beslut om ett tillfälligt trafikarrangemang om en gata stängs av eller trafiken leds om.", "Apply for a decision on temporary traffic arrangements if a street is closed or traffic is diverted."),
      "receive", by="customer", via="online e-mail", asks="event-basics traffic-plan", notes=[NO_TIME]),
    S("decide-traffic", "traffic", T("Päätös liikennejärjestelystä", "Beslut om trafikarrangemanget", "Send the decision on traffic arrangements"),
      T("Saat erillisen päätöksen liikennejärjestelystä. Muutoksenhakuaika on 30 päivää.", "Du får ett separat beslut om trafikarrangemanget. Tiden för att söka ändring är 30 dagar.", "You get a separate decision on the traffic arrangements. The time for appeal is 30 days."),
      "send", by="city", via="e-mail", uses="traffic-plan",
      deadlines=[after("P30D", "decision-notified", T("Hae muutosta liikennejärjestelyyn 30 päivän kuluessa.", "Sök ändring i trafikarrangemanget inom 30 dagar.", "Appeal against the traffic arrangements within 30 days."), APPEAL)]),
    S("ask-signs", "area-use", T("Sovi opasteista", "Kom överens om skyltar", "Agree on the signs"),
      T("Lähetä suunnitelma opasteista ja mainoksista, jotka tulevat yleiselle alueelle.", "Skicka en plan för skyltar och reklam som placeras på allmänt område.", "Send a plan of the signs and advertisements that stand in the public area."),
      "receive", by="customer", via="e-mail", asks="event-basics signs-plan", assume=["Signs are agreed with area use; the reference says only that they are the city's."], notes=[NO_TIME]),
    # statements
    S("ask-statement-rescue", "area-use", T("Lausuntopyyntö pelastuslaitokselle", "Begäran om utlåtande till räddningsverket", "Ask for a statement on safety"),
      T("Alueiden käyttö pyytää pelastuslaitokselta lausunnon. Sinun ei tarvitse tehdä mitään.", "Områdesanvändningen begär ett utlåtande av räddningsverket. Du behöver inte göra något.", "Area use asks the rescue department for a statement. You do not have to do anything."), uses="area-application", log=["Ask for a statement"], assume=[ASKED_OF]),
    S("give-statement-rescue", "event-safety", T("Pelastuslaitoksen lausunto", "Räddningsverkets utlåtande", "Give a statement on safety"),
      T("Pelastuslaitos lausuu, onko tapahtuma turvallinen.", "Räddningsverket ger ett utlåtande om evenemangets säkerhet.", "The rescue department states whether the event is safe."), uses="area-application rescue-plan", delay="statement", log=["Give a statement"]),
    S("ask-statement-noise", "area-use", T("Lausuntopyyntö melusta", "Begäran om utlåtande om buller", "Ask for a statement on noise"),
      T("Alueiden käyttö pyytää ympäristöpalveluilta lausunnon. Sinun ei tarvitse tehdä mitään.", "Områdesanvändningen begär ett utlåtande av miljötjänsterna. Du behöver inte göra något.", "Area use asks environmental services for a statement. You do not have to do anything."), uses="area-application", log=["Ask for a statement"], assume=[ASKED_OF]),
    S("give-statement-noise", "noise-control", T("Ympäristöpalvelujen lausunto melusta", "Miljötjänsternas utlåtande om buller", "Give a statement on noise"),
      T("Ympäristöpalvelut lausuu tapahtuman melusta.", "Miljötjänsterna ger ett utlåtande om bullret från evenemanget.", "Environmental services state their view on the noise of the event."), uses="area-application noise-notification", delay="statement", log=["Give a statement"]),
    # decision
    S("prepare-decision", "area-use", T("Päätöksen valmistelu", "Beredning av beslutet", "Prepare the decision"),
      T("Kaupunki sovittaa tapahtuman alueen muuhun käyttöön ja valmistelee päätöksen.", "Staden samordnar evenemanget med den övriga användningen av området och bereder beslutet.", "The city fits the event into the other uses of the area and prepares the decision."), uses="event-basics area-application site-plan"),
    S("decide", "area-use", T("Päätös alueen käytöstä", "Beslut om områdets användning", "Decide"),
      T("Viranhaltija päättää, saatko käyttää aluetta ja millä ehdoilla.", "Tjänsteinnehavaren beslutar om du får använda området och på vilka villkor.", "The office holder decides whether you may use the area and on which terms."), makes="permit", uses="area-application", apart="prepare-decision", fixed="The landowner's consent: without it a public area may not be used.",
      promise=Promise("P6D", origin("City's public page on event permits, in Finnish", PAGE, "B")),
      assume=["Another person decides than the one who prepared the decision; no source says so."],
      notes=["The published handling time differs by language: 6 days (Finnish page), about 10 days for small and 3 weeks for larger events (English page). Both stand; the promise shown is that of the Finnish page."]),
    S("send-decision", "area-use", T("Tieto päätöksestä", "Besked om beslutet", "Send the decision"),
      T("Saat päätöksen ja ohjeet siitä, miten voit vaatia siihen oikaisua.", "Du får beslutet och anvisningar om hur du kan begära omprövning.", "You get the decision and instructions on how to claim its revision."), "send", by="city", via="e-mail", uses="permit", notes=["A decision has to be notified with appeal instructions (general knowledge, strength C): it may be sent by another unit, not left out."]),
    S("file-claim", "area-use", T("Tee oikaisuvaatimus", "Begär omprövning", "Claim a revision"),
      T("Jos olet tyytymätön päätökseen, vaadi siihen oikaisua 14 päivän kuluessa.", "Om du är missnöjd med beslutet, begär omprövning inom 14 dagar.", "If you are not content with the decision, claim its revision within 14 days."), "receive", by="customer", via="e-mail letter", asks="revision-claim", uses="permit", deadlines=[CLAIM_DAYS]),
    S("handle-claim", "area-use", T("Oikaisuvaatimuksen käsittely", "Behandling av begäran om omprövning", "Handle the claim for revision"),
      T("Kaupunki käsittelee asiasi uudelleen.", "Staden behandlar ärendet på nytt.", "The city handles your matter again."), uses="revision-claim permit", apart="decide", delay="statutory", fixed="The right to have a decision revised may not be taken away.",
      assume=["Another person handles the claim than the one who decided; no source says so."]),
    S("send-claim-decision", "area-use", T("Päätös oikaisuvaatimuksesta", "Beslut om begäran om omprövning", "Send the decision on the claim"),
      T("Saat päätöksen oikaisuvaatimukseesi.", "Du får ett beslut om din begäran om omprövning.", "You get the decision on your claim."), "send", by="city", via="e-mail letter", uses="revision-claim"),
    S("send-invoice", "area-use", T("Lasku alueen käytöstä", "Faktura för området", "Send the invoice"),
      T("Saat laskun alueen käytöstä. Hinta riippuu paikasta, päivistä ja siitä, onko tapahtuma maksuton.", "Du får en faktura för användningen av området. Priset beror på platsen, antalet dagar och om inträdet är fritt.", "You get an invoice for the area. The price depends on the place, the days and whether the event is free of charge."),
      "send", by="city", via="letter e-mail", uses="permit", fees=PRICE_LIST,
      notes=["Prices of 2019, as examples: an event with a fee or a closed one costs double; days of building cost 50 % less; an EcoCompass certificate lowers the price by 30 %."]),
    # before, during and after the event
    S("notify-neighbours", "customer-alone", T("Tiedota naapureille", "Informera grannarna", "Tell the neighbours"),
      T("Kerro tapahtumasta lähialueen asukkaille viimeistään viikkoa ennen. Sovi järjestelyistä lähellä olevien hoitopaikkojen ja koulujen kanssa.",
        "Informera de närboende om evenemanget senast en vecka före. Kom överens om arrangemangen med vårdenheter och skolor i närheten.",
        "Tell the residents nearby of the event at least a week before. Agree on arrangements with places of care and schools nearby."), "manual",
      deadlines=[before("P7D", "event-start", T("Tiedote naapureille viimeistään viikkoa ennen tapahtumaa.", "Information till grannarna senast en vecka före evenemanget.", "Notice to neighbours at least a week before the event."), TERMS)]),
    S("inspect-site", "event-safety", T("Tapahtumapaikan tarkastus", "Inspektion av platsen", "Inspect the site"),
      T("Pelastuslaitos tarkastaa paikan kanssasi ennen kuin yleisö päästetään sisään. Korjaa heti puutteet, joista sinulle huomautetaan.", "Räddningsverket inspekterar platsen tillsammans med dig innan publiken släpps in. Åtgärda genast de brister som påpekas.", "The rescue department inspects the site with you before the public is let in. Put right at once what you are asked to."),
      by="city", via="site", uses="event-basics", assume=["The rescue department inspects events that need a rescue plan; no source says which events are inspected."]),
    S("hold-event", "customer-alone", T("Järjestä tapahtuma", "Ordna evenemanget", "Hold the event"),
      T("Järjestä tapahtuma luvan ja suunnitelmien mukaan. Siivoa alue lopuksi.", "Ordna evenemanget enligt tillståndet och planerna. Städa området efteråt.", "Hold the event as permits and plans say. Clean the area at the end."), "manual"),
    S("inspect-area", "area-use", T("Alueen loppukatselmus", "Slutsyn av området", "Inspect the area at the end"),
      T("Kaupunki tarkastaa alueen kanssasi. Jos paikkoja on rikkoutunut, korjauksesta sovitaan.", "Staden kontrollerar området tillsammans med dig. Om något har gått sönder kommer ni överens om reparationen.", "The city inspects the area with you. If something is broken, you agree on its repair."), by="city", via="site", uses="event-basics", assume=["The city inspects the area with the organiser after every event; no source says so."]),
    S("send-waste-report", "waste-supervision", T("Lähetä jätehuollon loppuraportti", "Skicka slutrapporten om avfall", "Send the final report on waste"),
      T("Lähetä jätehuollon loppuraportti kolmen kuukauden kuluessa tapahtumasta.", "Skicka slutrapporten om avfallshanteringen inom tre månader efter evenemanget.", "Send the final report on waste within three months of the event."), "receive", by="customer", via="e-mail", asks="waste-report",
      deadlines=[after("P3M", "event-end", T("Loppuraportti kolmen kuukauden kuluessa tapahtumasta.", "Slutrapporten inom tre månader efter evenemanget.", "Final report within three months of the event."), WASTE)]),
    S("check-waste-report", "waste-supervision", T("Loppuraportin tarkistus", "Granskning av slutrapporten", "Check the final report"),
      T("Ympäristöpalvelut tarkistaa raportin. Sinun ei tarvitse tehdä mitään.", "Miljötjänsterna granskar rapporten. Du behöver inte göra något.", "Environmental services check the report. You do not have to do anything."), uses="waste-report"),
    # calendar
    S("ask-event-texts", "events-calendar", T("Pyyntö tapahtuman teksteistä", "Begäran om texter om evenemanget", "Ask for the texts of the event"),
      T("Tapahtumayksikkö pyytää sinulta tapahtumakalenteriin tekstit, asiasanat ja kuvan.", "Evenemangsenheten ber dig om texter, nyckelord och en bild till evenemangskalendern.", "The event unit asks you for texts, keywords and an image for the events calendar."), "send", by="city", via="e-mail", uses="event-basics"),
    S("send-event-texts", "events-calendar", T("Lähetä tapahtuman tekstit", "Skicka texterna om evenemanget", "Send the texts of the event"),
      T("Lähetä lyhyt kuvaus, asiasanat, tekstit ruotsiksi ja englanniksi, kuva käyttöoikeuksineen ja kohderyhmä.", "Skicka en kort beskrivning, nyckelord, texter på svenska och engelska, en bild med användningsrätt och målgruppen.", "Send a short description, keywords, the texts in Swedish and English, an image with its licence and the audience."), "receive", by="customer", via="e-mail", asks=FIVE, delay="customer"),
    S("publish-event", "events-calendar", T("Tapahtuman julkaisu kalenterissa", "Publicering i evenemangskalendern", "Publish the event"),
      T("Tapahtumasi julkaistaan matkailun tapahtumakalenterissa. Ilmoita, jos tiedot muuttuvat.", "Ditt evenemang publiceras i turismens evenemangskalender. Meddela om uppgifterna ändras.", "Your event is published in the tourism calendar. Tell us if the data change."), "service", uses="event-basics " + FIVE,
      notes=["The entry goes to the Linked Events interface as a draft first. A closed event is never handed over; a cancelled one is cancelled there too."]),
]  # fmt: skip
BY_ID = {s.id: s for s in STEPS}

# -- questions and the order of steps

NEEDED = T("Tarvitaan", "Behövs", "Needed")
SUPPLEMENT = Inside(
    "supplement",
    ["ask-supplement", Remind("send-supplement", "supplement-late", T("7 päivää kulunut", "7 dagar har gått", "7 days have passed"), "P7D", "remind-supplement", T("Muistutus lähetetty", "Påminnelsen skickad", "Reminder sent")), "check-supplement"],
    T("Tietoja puuttuu", "Uppgifter saknas", "Data are missing"),
    T("Kierros päättyy", "Kompletteringen avslutad", "Round ends"),
)  # fmt: skip
COMPLETE = Again(
    "supplement-needed",
    T("Puuttuuko tietoja?", "Saknas det uppgifter?", "Are data missing?"),
    "not application_complete",
    SUPPLEMENT,
)
BIG = "attendance > 200 or special_risk"
DUTIES: dict[str, tuple[str, Text, list[str]]] = {
    "police": ("public_event", T("Yleisölle avoin", "Öppet för allmänheten", "Open to the public"), ["notify-police", "handle-police", "answer-police"]),
    "rescue": (BIG, T("Yli 200 ihmistä tai erityinen riski", "Fler än 200 personer eller särskild risk", "Over 200 people or special risk"), ["send-rescue-plan", "handle-rescue-plan", "answer-rescue-plan", "ask-statement-rescue", "give-statement-rescue"]),
    "noise": ("loud", T("Häiritsevää melua", "Störande buller", "Disturbing noise"), ["send-noise", "handle-noise", "answer-noise", "invoice-noise", "ask-statement-noise", "give-statement-noise"]),
    "food": ("food_sold", T("Ruokaa tai juomaa myynnissä", "Mat eller dryck säljs", "Food or drink sold"), ["send-food-notice", "handle-food-notice", "answer-food-notice", "invoice-food"]),
    "service": ("attendance > 500", T("Yli 500 ihmistä", "Fler än 500 personer", "Over 500 people"), ["send-service-plan", "answer-service-plan"]),
    "waste": ("attendance_at_once > 500", T("Yhtä aikaa yli 500 ihmistä", "Fler än 500 personer samtidigt", "Over 500 people at once"), ["send-waste-plan", "answer-waste-plan"]),
    "safety": ("risky_programme", T("Ohjelmassa riskejä", "Riskfyllt program", "Risky programme"), ["send-safety-document", "answer-safety-document"]),
    "structures": ("structures", T("Rakenteita", "Konstruktioner", "Structures"), ["ask-structures", "answer-structures"]),
    "alcohol": ("alcohol_served", T("Alkoholia", "Alkohol", "Alcohol"), ["apply-alcohol", "decide-alcohol"]),
    "music": ("music_played", T("Musiikkia", "Musik", "Music"), ["get-music-licence"]),
    "lottery": ("lottery", T("Arpajaiset", "Lotteri", "Lottery"), ["apply-lottery", "decide-lottery"]),
    "effects": ("effects", T("Tehosteita", "Specialeffekter", "Effects"), ["notify-effects"]),
    "traffic": ("traffic_changes", T("Liikenne muuttuu", "Trafiken ändras", "Traffic changes"), ["apply-traffic", "decide-traffic"]),
    "signs": ("signs", T("Opasteita", "Skyltar", "Signs"), ["ask-signs"]),
}  # fmt: skip
NONE_OF_THESE = T("Ei mitään näistä", "Inget av dessa", "None of these")


FURTHER = ("alcohol", "music", "lottery", "effects", "traffic", "signs")


def duties(order: dict[str, list[str]], lane: str) -> Block:
    """All duties that the event has, at the same time; each under the condition of the law.

    Those for which the reference names receivers only, no thresholds, stand in a split of their own.
    """

    def ways(keys: Iterable[str]) -> list[Way]:
        return [Way(order[d], DUTIES[d][1], DUTIES[d][0]) for d in keys]

    question = T(
        "Mitä velvollisuuksia järjestäjällä on?",
        "Vilka skyldigheter har arrangören?",
        "Which duties does the organiser have?",
    )
    which = T(
        "Mitä muita lupia tarvitaan?",
        "Vilka andra tillstånd behövs?",
        "Which further permits are needed?",
    )
    further = any_of("further-permits", which, *ways(FURTHER), Way((), NONE_OF_THESE), lane=lane)
    any_further = " or ".join(DUTIES[d][0] for d in FURTHER)
    more = Way(further, T("Muita lupia", "Andra tillstånd", "Further permits"), any_further)
    main = ways(d for d in order if d not in FURTHER)
    return any_of("duties", question, *main, more, Way((), NONE_OF_THESE), lane=lane)


WITHDRAWN = one_of(
    "withdrawn", T("Peruuko järjestäjä hakemuksen?", "Återtar arrangören ansökan?", "Does the organiser withdraw?"),
    Way(["withdraw", Stop("end-withdrawn", T("Hakemus peruttu", "Ansökan återtagen", "Application withdrawn"))], YES, "withdrawn"),
    Way((), NO), lane="area-use",
)  # fmt: skip
CLAIM = when(
    "claim",
    T(
        "Vaatiiko järjestäjä oikaisua?",
        "Begär arrangören omprövning?",
        "Does the organiser claim a revision?",
    ),
    "revision_claimed",
    ["file-claim", "handle-claim", "send-claim-decision"],
    "customer-alone",
)
GRANTED = T("Saiko tapahtuma luvan?", "Fick evenemanget tillstånd?", "Was the permit granted?")
REJECTED = Stop(
    "end-rejected",
    T("Lupaa ei myönnetty", "Tillstånd beviljades inte", "Permit not granted"),
    "area-use",
)
EVENT: list[Block] = [
    when("neighbours", T("Vaikuttaako tapahtuma naapureihin?", "Påverkar evenemanget grannarna?", "Does the event affect neighbours?"), "neighbours_affected", "notify-neighbours", "customer-alone"),
    when("inspection", T("Onko pelastussuunnitelmaa?", "Finns det en räddningsplan?", "Is there a rescue plan?"), BIG, "inspect-site", "event-safety"),
    "hold-event",
    "inspect-area",
    when("waste-report", T("Yhtä aikaa yli 500 ihmistä?", "Fler än 500 personer samtidigt?", "Over 500 people at once?"), "attendance_at_once > 500", ["send-waste-report", "check-waste-report"], "waste-supervision"),
]  # fmt: skip


def calendar(block: Block) -> Block:
    """The event goes into the calendar when it is open to the public."""
    question = T(
        "Onko tapahtuma yleisölle avoin?",
        "Är evenemanget öppet för allmänheten?",
        "Is the event open to the public?",
    )
    return when("calendar", question, "public_event", block, "events-calendar")


GRANT: list[Block] = [
    CLAIM,
    one_of("granted", GRANTED, Way(["send-invoice"], YES, "permit_granted"), Way([REJECTED], NO), lane="area-use"),
]  # fmt: skip


def held(entry: Block) -> Block:
    """The event and the calendar, beside each other."""
    return Together("after-decision", (EVENT, calendar(entry)), "customer-alone")


ASKED_LATE: list[Block] = ["ask-event-texts", "send-event-texts", "publish-event"]
ORDER = {d: steps for d, (_, _, steps) in DUTIES.items()}
APPLY: list[Block] = ["apply-for-area", "acknowledge", "check-application", COMPLETE, WITHDRAWN]
DECIDE: list[Block] = ["prepare-decision", "decide", "send-decision", *GRANT]
ASK: list[Block] = ["ask-what-is-needed", "answer-enquiry"]
CURRENT: list[Block] = [
    "plan-event",
    *ASK,
    *APPLY,
    duties(ORDER, "customer-alone"),
    *DECIDE,
    held(ASKED_LATE),
]

# -- prototype 1: the joint e-form

ALL_ASKED = "event-basics area-application site-plan"
JOINT_ASKED = "rescue-plan noise-notification food-notice service-plan waste-plan structures-description traffic-plan signs-plan effects-notification"
FORM_DEADLINES = [
    d
    for s in ("send-rescue-plan", "send-noise", "send-waste-plan", "send-food-notice")
    for d in BY_ID[s].facts.deadlines
]
FORM_STEPS = [
    S("apply-once", "area-use", T("Täytä yhteinen sähköinen hakemus", "Fyll i den gemensamma e-ansökan", "Apply once for all agencies"),
      T("Täytä yksi sähköinen hakemus, josta tiedot menevät kaupungin yksiköille; valtion viranomaisiin otat itse yhteyttä. Kukin yksikkö vastaa ja laskuttaa erikseen.",
        "Fyll i en enda e-ansökan, som går till enheterna i staden; statens myndigheter kontaktar du själv. Varje enhet svarar och fakturerar för sig.",
        "Fill in one electronic application, which goes to the units of the city; state authorities you contact yourself. Each unit answers and invoices by itself."), "receive",
      by="customer", via="online", asks=f"{ALL_ASKED} {JOINT_ASKED} {FIVE}", makes="joint-application", deadlines=FORM_DEADLINES,
      assume=["The joint form covers six agencies; which six is not known. Here: area use, traffic arrangements, building control, rescue department, environmental services, event unit. State authorities and music rights stay outside."],
      notes=["What the calendar needs is asked once, in this form: short description, keywords, texts in Swedish and English, image with licence, audience."]),
    S("pass-on", "area-use", T("Tietojen välitys yksiköille", "Förmedling av uppgifterna till enheterna", "Pass the data on to the units"),
      T("Järjestelmä välittää hakemuksen tiedot niille yksiköille, joita asia koskee. Sinun ei tarvitse tehdä mitään.", "Systemet förmedlar uppgifterna till de enheter som ärendet gäller. Du behöver inte göra något.", "The system passes the data to the units concerned. You do not have to do anything."), "service", uses="joint-application"),
    S("handle-effects", "event-safety", T("Vastaus tehosteista", "Svar om specialeffekter", "Answer on the effects"), T("Saat vastauksen ilotulituksesta ja tehosteista.", "Du får svar om fyrverkeri och specialeffekter.", "You get an answer on fireworks and effects."), "send", by="city", via="e-mail", uses="effects-notification"),
    S("agree-signs", "area-use", T("Vahvistus opasteista", "Bekräftelse av skyltarna", "Confirm the signs"), T("Saat vahvistuksen opasteiden suunnitelmasta.", "Du får en bekräftelse på skyltplanen.", "You get a confirmation of the plan of signs."), "send", by="city", via="e-mail", uses="signs-plan"),
]  # fmt: skip
FORM_ORDER = {
    **{d: [s for s in ORDER[d] if not s.startswith(("send-", "apply-", "ask-structures", "ask-signs")) or d in ("police", "safety", "alcohol", "lottery")] for d in ORDER},
    "effects": ["handle-effects"],
    "signs": ["agree-signs"],
}  # fmt: skip
FORM_BLOCK: list[Block] = [
    "plan-event", *ASK, "apply-once", "acknowledge", "pass-on", "check-application", COMPLETE, WITHDRAWN,
    duties(FORM_ORDER, "area-use"), *DECIDE, held("publish-event"),
]  # fmt: skip

# -- prototype 2: the one-stop desk

ONLY_STATE = "State authorities go on deciding by themselves; the desk hands the papers over for the organiser and passes the answers on. Whether each state authority accepts this has to be agreed."
DESK_ASKED = f"{JOINT_ASKED} public-event-notification safety-document alcohol-application lottery-application"


def at_desk(id: str, **more: Any) -> Step:
    """A step of the area unit that the desk does instead: the same step in another lane."""
    return changed(BY_ID[id], lane="event-desk", **more)


def silent(id: str, fi: str, sv: str, en: str, names: Text) -> Step:
    """An answer to the customer that becomes an answer to the desk: no contact any more."""
    return changed(BY_ID[id], kind="user", contact=None, names=names, text=T(fi, sv, en), notes=())


def _assessed(id: str, unit: Text, names: Text, kind: str = "view") -> Step:
    """What a unit gives to the desk: its view, its answer to a notification, or its decision."""
    fi, sv, en = GIVEN[kind]
    return silent(
        id,
        f"{unit.fi} {fi} palvelupisteelle. Sinun ei tarvitse tehdä mitään.",
        f"{unit.sv} {sv} till servicepunkten. Du behöver inte göra något.",
        f"{unit.en} {en} to the desk. You do not have to do anything.",
        names,
    )


GIVEN = {
    "view": ("antaa kantansa", "ger sitt ställningstagande", "gives its view"),
    "answer": ("lähettää vastauksensa", "skickar sitt svar", "sends its answer"),
    "decision": (
        "tekee päätöksen ja lähettää sen",
        "fattar beslut och skickar det",
        "decides and sends the decision",
    ),
}
DESK_STEPS = [
    at_desk("ask-what-is-needed"), at_desk("answer-enquiry", text=T("Saat palvelupisteestä yhden vastauksen, jossa ovat kaikki tarvittavat luvat ja ilmoitukset.", "Du får ett enda svar från servicepunkten, med alla tillstånd och anmälningar som behövs.", "You get one answer from the desk, with all permits and notifications that are needed.")),
    changed(FORM_STEPS[0], lane="event-desk", text=T("Anna kaikki tiedot kerran palvelupisteelle. Se hoitaa asian puolestasi muiden yksiköiden kanssa.", "Lämna alla uppgifter en gång till servicepunkten. Den sköter ärendet med de andra enheterna för din räkning.", "Give all data once to the desk. It deals with the other units for you."),
            documents=BOOK.list(asks=f"{ALL_ASKED} {DESK_ASKED} {FIVE}", makes="joint-application"),
            deadlines=(*BY_ID["notify-police"].facts.deadlines, *FORM_DEADLINES), assumptions=(ONLY_STATE,)),
    at_desk("acknowledge"), at_desk("check-application"), at_desk("supplement", notes=("17 fields of the application can be asked again in a supplement request. The desk gathers what all units miss and asks once.",)),
    at_desk("withdraw"), at_desk("file-claim"), at_desk("send-claim-decision"),
    S("share-out", "event-desk", T("Asian jakaminen yksiköille", "Fördelning av ärendet till enheterna", "Share the matter out to the units"),
      T("Palvelupiste pyytää kaikilta yksiköiltä kannan samaan aikaan. Sinun ei tarvitse tehdä mitään.", "Servicepunkten ber alla enheter om deras ställningstagande samtidigt. Du behöver inte göra något.", "The desk asks all units for their views at the same time. You do not have to do anything."), uses="joint-application", log=["Ask for a statement"]),
    *(changed(BY_ID[k], activities=("Give a statement",)) for k in ("handle-police", "handle-rescue-plan", "handle-noise", "handle-food-notice")),
    _assessed("answer-police", T("Poliisi", "Polisen", "The police"), T("Poliisin vastaus palvelupisteelle", "Polisens svar till servicepunkten", "Give the answer of the police to the desk"), "answer"),
    _assessed("answer-safety-document", T("Tukes", "Tukes", "Tukes"), T("Tukesin vastaus palvelupisteelle", "Tukes svar till servicepunkten", "Give the answer of Tukes to the desk"), "answer"),
    _assessed("decide-alcohol", T("Aluehallintovirasto", "Regionförvaltningsverket", "The state agency"), T("Anniskelupäätös palvelupisteelle", "Serveringsbeslutet till servicepunkten", "Give the decision on alcohol to the desk"), "decision"),
    _assessed("decide-lottery", T("Poliisi", "Polisen", "The police"), T("Arpajaispäätös palvelupisteelle", "Lotteribeslutet till servicepunkten", "Give the decision on the lottery to the desk"), "decision"),
    _assessed("answer-service-plan", T("Elintarviketurvallisuus", "Livsmedelssäkerheten", "Food safety"), T("Käymälä- ja palvelusuunnitelman arviointi", "Bedömning av toalett- och serviceplanen", "Assess the toilet and service plan")),
    _assessed("answer-waste-plan", T("Jätehuollon valvonta", "Avfallstillsynen", "Waste supervision"), T("Jätehuoltosuunnitelman arviointi", "Bedömning av avfallshanteringsplanen", "Assess the waste plan")),
    _assessed("answer-structures", T("Rakennusvalvonta", "Byggnadstillsynen", "Building control"), T("Rakenteiden arviointi", "Bedömning av konstruktionerna", "Assess the structures")),
    changed(_assessed("decide-traffic", T("Liikennejärjestelyistä vastaava yksikkö", "Enheten för trafikarrangemang", "The traffic unit"), T("Päätös liikennejärjestelystä", "Beslut om trafikarrangemanget", "Decide on the traffic arrangements"), "decision"), deadlines=()),
    S("assess-effects", "event-safety", T("Tehosteiden arviointi", "Bedömning av specialeffekterna", "Assess the effects"), T("Pelastuslaitos antaa kantansa palvelupisteelle. Sinun ei tarvitse tehdä mitään.", "Räddningsverket ger sitt ställningstagande till servicepunkten. Du behöver inte göra något.", "The rescue department gives its view to the desk. You do not have to do anything."), uses="effects-notification"),
    S("assess-signs", "area-use", T("Opasteiden arviointi", "Bedömning av skyltarna", "Assess the signs"), T("Alueiden käyttö antaa kantansa palvelupisteelle. Sinun ei tarvitse tehdä mitään.", "Områdesanvändningen ger sitt ställningstagande till servicepunkten. Du behöver inte göra något.", "Area use gives its view to the desk. You do not have to do anything."), uses="signs-plan"),
    S("decision-day", "event-desk", T("Päätöspäivä", "Beslutsdagen", "Decision day"),
      T("Yksiköt sovittavat ehtonsa yhteen samana päivänä. Saat kaikki päätökset yhdessä.", "Enheterna samordnar sina villkor på en och samma dag. Du får alla beslut tillsammans.", "The units fit their terms together on one day. You get all decisions together."), uses="joint-application", makes="event-answer", delay="meeting",
      assume=["Once a week there is one decision day on which every unit of the city makes its own decision; authority to decide is not moved."]),
    at_desk("send-decision", text=T("Saat yhdellä kertaa kaikki päätökset, niiden ehdot ja ohjeet oikaisun vaatimisesta.", "Du får alla beslut på en gång, med villkor och anvisningar om hur du begär omprövning.", "You get all decisions at once, with their terms and instructions on claiming a revision."),
            documents=BOOK.list(uses="permit event-answer"), deadlines=BY_ID["decide-traffic"].facts.deadlines),
    at_desk("send-invoice", text=T("Saat yhden laskun kaikista kaupungin maksuista.", "Du får en enda faktura för alla avgifter till staden.", "You get one invoice for all charges of the city."),
            assumptions=("One invoice gathers the charges of all units of the city; how they are settled inside the city is left open.",)),
]  # fmt: skip
DESK_ORDER = {
    "police": ["handle-police", "answer-police"],
    "rescue": ["handle-rescue-plan"],
    "noise": ["handle-noise"],
    "food": ["handle-food-notice"],
    "service": ["answer-service-plan"],
    "waste": ["answer-waste-plan"],
    "safety": ["answer-safety-document"],
    "structures": ["answer-structures"],
    "alcohol": ["decide-alcohol"],
    "music": ["get-music-licence"],
    "lottery": ["decide-lottery"],
    "effects": ["assess-effects"],
    "traffic": ["decide-traffic"],
    "signs": ["assess-signs"],
}
DESK_BLOCK: list[Block] = [
    "plan-event", *ASK, "apply-once", "acknowledge", "check-application", COMPLETE, WITHDRAWN, "share-out",
    duties(DESK_ORDER, "event-desk"), "prepare-decision", "decision-day", "decide", "send-decision", *GRANT, held("publish-event"),
]  # fmt: skip

# -- prototype 3: a notification for small events

NOT_SMALL = (
    "loud",
    "structures",
    "special_risk",
    "risky_programme",
    *(DUTIES[d][0] for d in FURTHER),
)
SMALL = " and ".join(("attendance <= 50", *(f"not {c}" for c in NOT_SMALL)))
SMALL_STEPS = [
    S("notify-small-event", "area-use", T("Ilmoita pienestä tapahtumasta", "Anmäl ett litet evenemang", "Notify of a small event"),
      T("Valitse paikka, jonka voi varata ilman lupaa, ja ilmoita tapahtumasta. Muuta hakemusta et tarvitse.", "Välj en plats som kan bokas utan tillstånd och anmäl evenemanget. Du behöver ingen annan ansökan.", "Choose a place that can be booked without a permit and notify of the event. You need no other application."),
      "receive", by="customer", via="online", asks="event-basics small-event-notification",
      assume=["Small means at most 50 people and nothing but a public event and food to be notified (no loud sound, structures, risks or further permits); the limit is invented for the example."],
      notes=["Some places can be booked without a permit already (reference on event permits). Duties towards other authorities, as on food or a public event, stay."]),
    S("book-place", "area-use", T("Paikan varaus kalenteriin", "Bokning av platsen i kalendern", "Book the place in the calendar"),
      T("Järjestelmä varaa paikan, jos se on vapaa. Sinun ei tarvitse tehdä mitään.", "Systemet bokar platsen om den är ledig. Du behöver inte göra något.", "The system books the place if it is free. You do not have to do anything."), "service", uses="small-event-notification", makes="place-booking"),
    S("confirm-small-event", "area-use", T("Vahvistus paikan varauksesta", "Bekräftelse på platsbokningen", "Confirm the booking"),
      T("Saat heti vahvistuksen ja paikan säännöt. Voit järjestää tapahtuman, kun noudatat niitä.", "Du får genast en bekräftelse och platsens regler. Du kan ordna evenemanget när du följer dem.", "You get a confirmation and the rules of the place at once. You may hold the event as long as you follow them."), "send", by="city", via="e-mail", uses="place-booking"),
    S("notify-police-small", "police-licences", T("Ilmoita pienestä tapahtumasta poliisille", "Anmäl det lilla evenemanget till polisen", "Notify the police of the small event"),
      BY_ID["notify-police"].facts.text, "receive", by="customer", via="online e-mail phone", asks="public-event-notification", uses="event-basics", deadlines=BY_ID["notify-police"].facts.deadlines, log=["Send the public-event notification"]),
    S("answer-police-small", "police-licences", T("Poliisin vastaus pienestä tapahtumasta", "Polisens svar om det lilla evenemanget", "Answer on the small event"),
      BY_ID["answer-police"].facts.text, "send", by="city", via="e-mail", uses="public-event-notification", fixed=BY_ID["handle-police"].facts.fixed, log=["Handle the public-event notification", "Send the answer to the public-event notification"]),
    S("send-food-notice-small", "food-safety", T("Ilmoita ruoan myynnistä pienessä tapahtumassa", "Anmäl försäljning av mat på det lilla evenemanget", "Give notice of food at the small event"),
      BY_ID["send-food-notice"].facts.text, "receive", by="customer", via="online e-mail", asks="food-notice", uses="event-basics", deadlines=BY_ID["send-food-notice"].facts.deadlines, assume=BY_ID["send-food-notice"].facts.assumptions, log=["Send the food sales notice"]),
    S("answer-food-notice-small", "food-safety", T("Vastaus ruoan myynnistä pienessä tapahtumassa", "Svar om försäljning av mat på det lilla evenemanget", "Answer on food at the small event"),
      BY_ID["answer-food-notice"].facts.text, "send", by="city", via="e-mail", uses="food-notice", log=["Handle the food sales notice", "Send the answer to the food sales notice"]),
]  # fmt: skip
STILL = T(
    "Mitä muuta tapahtumasta ilmoitetaan?",
    "Vad mer ska anmälas om evenemanget?",
    "What else has to be notified?",
)
SMALL_DUTIES = any_of(
    "small-duties", STILL,
    Way(["notify-police-small", "answer-police-small"], DUTIES["police"][1], "public_event"),
    Way(["send-food-notice-small", "answer-food-notice-small"], DUTIES["food"][1], "food_sold"),
    Way((), NONE_OF_THESE), lane="customer-alone",
)  # fmt: skip
SMALL_BLOCK: list[Block] = [
    "plan-event",
    one_of(
        "small", T("Onko tapahtuma pieni?", "Är evenemanget litet?", "Is the event small?"),
        Way(["notify-small-event", "book-place", "confirm-small-event", SMALL_DUTIES], YES, SMALL),
        Way([*ASK, *APPLY, duties(ORDER, "customer-alone"), *DECIDE], NO), lane="customer-alone",
    ),
    held(ASKED_LATE),
]  # fmt: skip

# -- conditions in plain words

SAID: dict[str, Said] = {
    "not application_complete": (T("jos hakemuksesta puuttuu tietoja", "om uppgifter saknas i ansökan", "if data are missing in the application"), T("jos hakemus on täydellinen", "om ansökan är komplett", "if the application is complete")),
    "withdrawn": (T("jos hakemus perutaan", "om ansökan återtas", "if the application is withdrawn"), T("jos hakemusta ei peruta", "om ansökan inte återtas", "if the application is not withdrawn")),
    "public_event": (T("jos tapahtuma on yleisölle avoin", "om evenemanget är öppet för allmänheten", "if the event is open to the public"), T("jos tapahtuma ei ole yleisölle avoin", "om evenemanget inte är öppet för allmänheten", "if the event is not open to the public")),
    BIG: (T("jos yleisöä on yli 200 tai tapahtumassa on erityinen riski", "om publiken är fler än 200 eller det finns en särskild risk", "if more than 200 people come or there is a special risk"), T("jos yleisöä on enintään 200 eikä erityistä riskiä ole", "om publiken är högst 200 och det inte finns någon särskild risk", "if at most 200 people come and there is no special risk")),
    "loud": (T("jos tapahtumasta tulee häiritsevää melua", "om evenemanget orsakar störande buller", "if the event makes disturbing noise"), NO_WORDS),
    "food_sold": (T("jos ruokaa tai juomaa myydään", "om mat eller dryck säljs", "if food or drink is sold"), NO_WORDS),
    "attendance > 500": (T("jos yleisöä on yli 500", "om publiken är fler än 500", "if more than 500 people come"), NO_WORDS),
    "attendance_at_once > 500": (T("jos paikalla on yhtä aikaa yli 500 ihmistä", "om fler än 500 personer är på plats samtidigt", "if more than 500 people are there at once"), T("jos paikalla on yhtä aikaa enintään 500 ihmistä", "om högst 500 personer är på plats samtidigt", "if at most 500 people are there at once")),
    "risky_programme": (T("jos ohjelmassa on riskejä", "om programmet är riskfyllt", "if the programme is risky"), NO_WORDS),
    "structures": (T("jos pystytetään rakenteita", "om konstruktioner byggs", "if structures are put up"), NO_WORDS),
    " or ".join(DUTIES[d][0] for d in FURTHER): (T("jos tarvitaan muita lupia", "om andra tillstånd behövs", "if further permits are needed"), NO_WORDS),
    "alcohol_served": (T("jos tarjoillaan alkoholia", "om alkohol serveras", "if alcohol is served"), NO_WORDS),
    "music_played": (T("jos soitetaan musiikkia", "om musik spelas", "if music is played"), NO_WORDS),
    "lottery": (T("jos järjestetään arpajaiset", "om ett lotteri ordnas", "if a lottery is held"), NO_WORDS),
    "effects": (T("jos käytetään tehosteita", "om specialeffekter används", "if effects are used"), NO_WORDS),
    "traffic_changes": (T("jos liikenne muuttuu", "om trafiken ändras", "if traffic changes"), NO_WORDS),
    "signs": (T("jos asetetaan opasteita", "om skyltar sätts upp", "if signs are put up"), NO_WORDS),
    "neighbours_affected": (T("jos tapahtuma vaikuttaa naapureihin", "om evenemanget påverkar grannarna", "if the event affects neighbours"), T("jos tapahtuma ei vaikuta naapureihin", "om evenemanget inte påverkar grannarna", "if the event does not affect neighbours")),
    "revision_claimed": (T("jos päätökseen vaaditaan oikaisua", "om omprövning av beslutet begärs", "if a revision of the decision is claimed"), T("jos päätökseen ei vaadita oikaisua", "om omprövning av beslutet inte begärs", "if no revision of the decision is claimed")),
    "permit_granted": (T("jos lupa myönnetään", "om tillstånd beviljas", "if the permit is granted"), T("jos lupaa ei myönnetä", "om tillstånd inte beviljas", "if the permit is not granted")),
    SMALL: (T("jos tapahtuma on pieni", "om evenemanget är litet", "if the event is small"), T("jos tapahtuma ei ole pieni", "om evenemanget inte är litet", "if the event is not small")),
}  # fmt: skip

# -- versions

START = T("Tapahtumaa suunnitellaan", "Ett evenemang planeras", "An event is planned")
END = T("Tapahtuma on pidetty", "Evenemanget har ordnats", "The event has been held")
NOTES = [
    "A worked example with stated sources, not legal advice. Check every duty with the authority before you rely on it.",
    "Names of agencies and units are a neutral city's, not one city's organisation.",
]
EXAMPLE = "Worked example, not a finding: "


def _made(version: Version, block: Block, steps: Sequence[Step] = ()) -> Path:
    catalogue = {s.id: s for s in [*STEPS, *steps]}
    return path_of(
        NAME,
        NAMES,
        TEXT,
        version,
        LANES,
        catalogue.values(),
        block,
        start=START,
        end=END,
        notes=NOTES,
        said=SAID,
    )


def versions() -> dict[str, Path]:
    """The current state and the prototypes, by the name of their file."""
    return {
        "current": _made(Version(NAME, "1", "current", note="The current state as a city might describe it, from the reference on event permits."), CURRENT),
        "prototype-joint-form": _made(
            Version(NAME, "1-joint-form", "prototype", answers=(EXAMPLE + "organisers type the same data into every agency's form.",),
                    note="One electronic form for six agencies; decisions and invoices stay apart, as they did in an earlier joint form. It removes entering data again, not contact points."),
            FORM_BLOCK, FORM_STEPS),
        "prototype-one-stop-desk": _made(
            Version(NAME, "1-one-stop-desk", "prototype", answers=(EXAMPLE + "organisers do not know which agency to turn to, and get answers one by one that do not fit together.",),
                    note="One desk is the contact point for all of the city; the units assess at the same time and decide on one decision day; one answer, one invoice."),
            DESK_BLOCK, DESK_STEPS),
        "prototype-small-events": _made(
            Version(NAME, "1-small-events", "prototype", answers=(EXAMPLE + "a small event goes through the same handling as a big one.",),
                    note="A small event at a place that can be booked without a permit is only notified; all others go the way of the current state."),
            SMALL_BLOCK, SMALL_STEPS),
    }  # fmt: skip

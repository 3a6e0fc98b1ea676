# ruff: noqa: E501
"""Plot to premises: how a small or medium-sized business gets a plot and takes its premises into use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from paths.blocks import (
    NO,
    YES,
    Again,
    Block,
    Book,
    Said,
    Stop,
    Together,
    Way,
    agency,
    changed,
    customer,
    one_of,
    origin,
    path_of,
    when,
)
from polku.path.facts import Promise, Text, Version
from polku.path.model import Path, Step

NAME = "plot-to-premises"
T = Text
NAMES = T("Tontista toimitiloihin", "Från tomt till lokaler", "Plot to premises")
TEXT = T(
    "Näin pieni tai keskisuuri yritys saa kaupungilta tontin ja rakentaa sille toimitilat. Polku alkaa tontin etsimisestä ja päättyy, kun tilat on otettu käyttöön.",
    "Så här får ett litet eller medelstort företag en tomt av staden och bygger lokaler på den. Servicestigen börjar när företaget söker en tomt och slutar när lokalerna har tagits i bruk.",
    "How a small or medium-sized business gets a plot from the city and builds its premises on it. The path begins with looking for a plot and ends when the premises have been taken into use.",
)

PRODUCTION = "Reference on plot to premises: a city's production system"
PAGE = "Reference on plot to premises: a city's public page"
HIDDEN = "The constructability enquiry happens after the reservation, one after another; the reference says that it is hidden from the customer, not when it is made."
ANSWERS = "Which agency answers each of the five enquiries is not in the reference; the one that seemed nearest was taken."
EACH = "Its states are: unverified, measures needed, enquiry sent, complete (strength A)."

ABOUT = """
Fact, as far as the sources below go (strength A unless marked): the kinds, targets and stages of
the plot search; the number of an answer; the seven checks of an applicant; the eight coded reasons
to decline; the kinds of decision; the five constructability enquiries and their states; the five
lessor units; the states of the building permit; the answer to an enquiry in 1–2 weeks and about one
month for a public draw (both B). Worked example: the order of steps where the reference does not
say it, the units' names, the insights, the prototypes and everything under *Assumptions*.
Reservation fee, length of reservation, rent and duty to build differ by city and are not stated.
"""

BOOK = Book(
    {
        "plot-wish": T(
            "Yrityksen toive tontista",
            "Företagets önskemål om tomt",
            "The business's wish for a plot",
        ),
        "plot-search": T("Tonttihaun ilmoitus", "Tomtutlysning", "Announcement of the plot search"),
        "search-answer": T(
            "Tonttihakemus (TH-YY-NNNNN)",
            "Tomtansökan (TH-YY-NNNNN)",
            "Answer to the plot search (TH-YY-NNNNN)",
        ),
        "business-basics": T(
            "Yrityksen perustiedot", "Företagets basuppgifter", "Basic data of the business"
        ),
        "premises-plan": T(
            "Suunnitelma toimitiloista", "Plan för lokalerna", "Plan of the premises"
        ),
        "trade-register-extract": T(
            "Kaupparekisteriote", "Handelsregisterutdrag", "Trade register extract"
        ),
        "credit-report": T("Luottotiedot", "Kreditupplysning", "Credit report"),
        "pension-certificate": T(
            "Todistus työeläkemaksuista",
            "Intyg över arbetspensionsavgifter",
            "Certificate of pension payments",
        ),
        "vat-entry": T(
            "Arvonlisäverorekisterin tieto", "Uppgift ur momsregistret", "Entry in the VAT register"
        ),
        "prepayment-entry": T(
            "Ennakkoperintärekisterin tieto",
            "Uppgift ur förskottsuppbördsregistret",
            "Entry in the prepayment register",
        ),
        "tax-debt-certificate": T(
            "Verovelkatodistus", "Intyg över skatteskuld", "Tax debt certificate"
        ),
        "employer-entry": T(
            "Työnantajarekisterin tieto",
            "Uppgift ur arbetsgivarregistret",
            "Entry in the employer register",
        ),
        "assessment": T(
            "Vertailu hakemuksista", "Jämförelse av ansökningarna", "Comparison of the answers"
        ),
        "meeting-notes": T(
            "Neuvottelun muistio", "Promemoria från förhandlingen", "Notes of the meeting"
        ),
        "reservation": T(
            "Varauspäätös ehtoineen",
            "Reserveringsbeslut med villkor",
            "Reservation with its conditions",
        ),
        "extension-application": T(
            "Hakemus varauksen jatkamisesta",
            "Ansökan om förlängd reservering",
            "Application to extend the reservation",
        ),
        "preconstruction-answer": T(
            "Vastaus esirakentamisesta",
            "Svar om förberedande byggande",
            "Answer on pre-construction",
        ),
        "demolition-answer": T("Vastaus purkamisesta", "Svar om rivning", "Answer on demolition"),
        "soil-pollution-answer": T(
            "Vastaus maaperän pilaantumisesta", "Svar om förorenad mark", "Answer on polluted land"
        ),
        "soil-report": T("Maaperäselvitys", "Markutredning", "Soil report"),
        "other-answer": T(
            "Vastaus muista seikoista", "Svar om övriga omständigheter", "Answer on other matters"
        ),
        "constructability-report": T(
            "Selvitys tontin rakentamiskelpoisuudesta",
            "Utredning om tomtens byggbarhet",
            "Report on the plot's constructability",
        ),
        "drawings": T("Piirustukset", "Ritningar", "Drawings"),
        "drawings-approval": T(
            "Piirustusten hyväksyntä", "Godkännande av ritningarna", "Approval of the drawings"
        ),
        "lease": T("Vuokrasopimus", "Arrendeavtal", "Lease"),
        "permit-application": T(
            "Rakentamislupahakemus", "Ansökan om bygglov", "Application for a building permit"
        ),
        "building-permit": T("Rakentamislupa", "Bygglov", "Building permit"),
        "start-notice": T(
            "Ilmoitus rakentamisen aloittamisesta",
            "Anmälan om att bygget påbörjas",
            "Notice of the start of construction",
        ),
        "inspection-record": T(
            "Loppukatselmuksen pöytäkirja",
            "Protokoll från slutsynen",
            "Record of the final inspection",
        ),
    }
)
CERTIFICATES = "trade-register-extract credit-report pension-certificate vat-entry prepayment-entry tax-debt-certificate employer-entry"

LANES = [
    *customer(T("Yritys", "Företaget", "The business")),
    *agency(
        "business-services", T("Yrityspalvelut", "Företagstjänster", "Business services"),
        ("business-advice", T("Yritysneuvonta", "Företagsrådgivning", "Business advice")),
        ("case-manager", T("Yrityksen yhteyshenkilö", "Företagets kontaktperson", "Case manager")),
    ),
    *agency(
        "land-and-plots", T("Maaomaisuus ja tontit", "Mark och tomter", "Land and plots"),
        ("lessor", T("Vuokranantajayksikkö", "Arrendegivarenheten", "Lessor unit")),
        ("constructability", T("Rakentamiskelpoisuuden selvittäminen", "Utredning av byggbarhet", "Constructability")),
        ("soil-and-preconstruction", T("Esirakentaminen", "Förberedande byggande", "Pre-construction")),
        notes=["There are five lessor units; the intended use decides which of them handles the plot (strength A). One lane stands for the one chosen."],
    ),
    *agency("decision-makers", T("Päätöksentekijät", "Beslutsfattarna", "Decision makers"), ("land-board", T("Maa-asioista päättävä toimielin", "Organet som beslutar i markärenden", "Board that decides on land"))),
    *agency("city-buildings", T("Kaupungin rakennukset", "Stadens byggnader", "City buildings"), ("demolition", T("Purkaminen", "Rivning", "Demolition"))),
    *agency("environmental-services", T("Ympäristöpalvelut", "Miljötjänster", "Environmental services"), ("soil-protection", T("Maaperän suojelu", "Markskydd", "Soil protection"))),
    *agency("geotechnical-services", T("Geotekniset palvelut", "Geotekniska tjänster", "Geotechnical services"), ("soil-survey", T("Maaperätutkimus", "Markundersökning", "Soil survey"))),
    *agency(
        "city-environment", T("Kaupunkiympäristö", "Stadsmiljö", "City environment"),
        ("planning", T("Asemakaavoitus", "Detaljplanering", "Town planning")),
        ("building-control", T("Rakennusvalvonta", "Byggnadstillsynen", "Building control")),
    ),
]  # fmt: skip

S = BOOK.step


def _check(id: str, names: Text, fi: str, sv: str, en: str, document: str) -> Step:
    text = T(f"Kaupunki tarkistaa {fi}.", f"Staden kontrollerar {sv}.", f"The city checks {en}.")
    return S(
        id,
        "lessor",
        names,
        text,
        uses=document,
        notes=["One of the seven checks of an applicant (strength A)."],
    )


def _enquiry(
    key: str, lane: str, document: str, ask: Text, answer: Text, about: tuple[str, str, str]
) -> list[Step]:
    fi, sv, en = about
    return [
        S(f"ask-{key}", "lessor", ask, T(f"Kaupunki selvittää, {fi}. Sinun ei tarvitse tehdä mitään.", f"Staden utreder {sv}. Du behöver inte göra något.", f"The city finds out {en}. You do not have to do anything."), uses="search-answer", assume=[HIDDEN], notes=[EACH]),
        S(f"answer-{key}", lane, answer, T("Yksikkö vastaa kaupungin sisäiseen kyselyyn. Sinulle se näkyy vain odotuksena.", "Enheten svarar på stadens interna förfrågan. För dig märks det bara som väntetid.", "The unit answers the city's internal enquiry. You notice it only as waiting."), uses="search-answer", makes=document, delay="statement", assume=[ANSWERS]),
    ]  # fmt: skip


STEPS = [
    S("ask-for-plot", "business-advice", T("Kysy tonttia", "Fråga efter en tomt", "Ask for a plot"),
      T("Kerro, millaisen tontin yrityksesi tarvitsee: mihin käyttöön, kuinka ison ja milloin.", "Berätta vilken slags tomt ditt företag behöver: för vilket ändamål, hur stor och när.", "Say what plot your business needs: for what use, how large and when."), "receive", by="customer", via="online e-mail phone", asks="plot-wish business-basics"),
    S("answer-plot-enquiry", "business-advice", T("Vastaus tonttikyselyyn", "Svar på tomtförfrågan", "Answer the plot enquiry"),
      T("Saat vastauksen 1–2 viikossa. Siinä kerrotaan, mitä tontteja on haettavana.", "Du får svar inom 1–2 veckor. I svaret står vilka tomter som kan sökas.", "You get an answer in 1–2 weeks. It says which plots can be applied for."), "send", by="city", via="e-mail phone", uses="plot-wish",
      promise=Promise("P14D", origin(None, PAGE, "B")), notes=["The published time is 1–2 weeks; the longer end is the promise."]),
    S("publish-search", "lessor", T("Tonttihaun julkaisu", "Publicering av tomtutlysningen", "Publish the plot search"),
      T("Kaupunki avaa tonttihaun ja kertoo, millä perusteilla tontin saaja valitaan.", "Staden öppnar tomtutlysningen och berättar på vilka grunder tomten överlåts.", "The city opens the plot search and says by what criteria the plot is given."), "service", uses="plot-wish", makes="plot-search",
      notes=["Kinds of search: quality, price, both, other competition, named, continuous, free. Targets: searchable plot, procedural reservation, direct reservation. Stages: in preparation, open, in handling, in decision-making, settled (strength A)."]),
    S("answer-search", "lessor", T("Hae tonttia", "Sök tomten", "Answer the plot search"),
      T("Täytä tonttihakemus ja liitä siihen suunnitelma toimitiloista. Saat hakemukselle numeron.", "Fyll i tomtansökan och bifoga en plan för lokalerna. Ansökan får ett nummer.", "Fill in the answer and attach a plan of the premises. Your answer gets a number."), "receive", by="customer", via="online", asks="business-basics search-answer premises-plan", uses="plot-search"),
    S("acknowledge-answer", "lessor", T("Vahvistus tonttihakemuksesta", "Bekräftelse på tomtansökan", "Acknowledge the answer"),
      T("Saat vahvistuksen ja hakemuksesi numeron.", "Du får en bekräftelse och ansökans nummer.", "You get a confirmation and the number of your answer."), "send", by="city", via="e-mail", uses="search-answer", notes=["The number has the form TH-YY-NNNNN (strength A)."]),
    S("compare-answers", "lessor", T("Hakemusten vertailu", "Jämförelse av ansökningarna", "Compare the answers"),
      T("Kaupunki vertaa hakemuksia ilmoitettujen perusteiden mukaan.", "Staden jämför ansökningarna enligt de angivna grunderna.", "The city compares the answers by the published criteria."), uses="search-answer premises-plan", makes="assessment",
      notes=["A public page gives about one month for a public draw (strength B); a draw is not drawn here, and for other kinds of search no time is known, so nothing is promised."]),
    S("ask-certificates", "lessor", T("Pyyntö todistuksista", "Begäran om intyg", "Ask for the certificates"),
      T("Kaupunki pyytää sinulta otteet ja todistukset yrityksestäsi.", "Staden ber dig om utdrag och intyg om ditt företag.", "The city asks you for extracts and certificates of your business."), "send", by="city", via="e-mail", uses="search-answer",
      assume=["The applicant sends the papers for the seven checks; the reference names the checks, not who brings the papers."]),
    S("send-certificates", "lessor", T("Lähetä todistukset", "Skicka intygen", "Send the certificates"),
      T("Hanki otteet ja todistukset ja lähetä ne kaupungille.", "Skaffa utdragen och intygen och skicka dem till staden.", "Get the extracts and certificates and send them to the city."), "receive", by="customer", via="e-mail", asks=CERTIFICATES, delay="customer"),
    _check("check-trade-register", T("Kaupparekisterin tarkistus", "Kontroll av handelsregistret", "Check the trade register"), "yrityksen kaupparekisteritiedot", "företagets uppgifter i handelsregistret", "the trade register entry of the business", "trade-register-extract"),
    _check("check-credit", T("Luottokelpoisuuden tarkistus", "Kontroll av kreditvärdigheten", "Check the creditworthiness"), "yrityksen luottokelpoisuuden", "företagets kreditvärdighet", "the creditworthiness of the business", "credit-report"),
    _check("check-pension", T("Työeläkemaksujen tarkistus", "Kontroll av arbetspensionsavgifterna", "Check the pension payments"), "työeläkemaksut", "arbetspensionsavgifterna", "the pension payments", "pension-certificate"),
    _check("check-vat", T("Arvonlisäverovelvollisuuden tarkistus", "Kontroll av momsskyldigheten", "Check the VAT registration"), "arvonlisäverorekisterin tiedot", "uppgifterna i momsregistret", "the entry in the VAT register", "vat-entry"),
    _check("check-prepayment", T("Ennakkoperintärekisterin tarkistus", "Kontroll av förskottsuppbördsregistret", "Check the prepayment register"), "ennakkoperintärekisterin tiedot", "uppgifterna i förskottsuppbördsregistret", "the entry in the prepayment register", "prepayment-entry"),
    _check("check-tax-debt", T("Verovelan tarkistus", "Kontroll av skatteskulden", "Check the tax debt"), "mahdollisen verovelan", "en eventuell skatteskuld", "whether there is a tax debt", "tax-debt-certificate"),
    _check("check-employer", T("Työnantajarekisterin tarkistus", "Kontroll av arbetsgivarregistret", "Check the employer register"), "työnantajarekisterin tiedot", "uppgifterna i arbetsgivarregistret", "the entry in the employer register", "employer-entry"),
    S("decline", "lessor", T("Kielteinen vastaus", "Nekande svar", "Decline the applicant"),
      T("Saat tiedon, ettei tonttia varata sinulle, ja syyn siihen.", "Du får besked om att tomten inte reserveras för dig och orsaken till det.", "You hear that the plot is not reserved for you, and the reason."), "send", by="city", via="e-mail letter", uses="search-answer", notes=["The reason is one of 8 coded reasons (strength A); the reference does not list them."]),
    S("hold-meeting", "lessor", T("Neuvottelu tontista", "Förhandling om tomten", "Hold the meeting"),
      T("Kaupunki kutsuu sinut neuvotteluun, jossa käydään läpi hankkeesi ja varauksen ehdot.", "Staden bjuder in dig till en förhandling om ditt projekt och villkoren för reserveringen.", "The city invites you to a meeting about your project and the terms of the reservation."), by="city", via="visit online", uses="search-answer premises-plan", makes="meeting-notes"),
    S("prepare-reservation", "lessor", T("Varauksen valmistelu", "Beredning av reserveringen", "Prepare the reservation"),
      T("Kaupunki valmistelee varauksen ja sen ehdot päätettäväksi.", "Staden bereder reserveringen och dess villkor för beslut.", "The city prepares the reservation and its conditions for decision."), uses="assessment meeting-notes"),
    S("decide-reservation", "land-board", T("Päätös varauksesta", "Beslut om reserveringen", "Decide on the reservation"),
      T("Toimielin päättää tontin varaamisesta kokouksessaan.", "Organet beslutar om reserveringen vid sitt sammanträde.", "The board decides on the reservation in its meeting."), uses="assessment", makes="reservation", delay="meeting", apart="prepare-reservation", fixed="The power to decide on land belongs to the body that the city's rules name.",
      assume=["A board decides on reservation, extension and lease, and its meetings have to be waited for; which body decides differs by city.", "Another person decides on the reservation than the one who prepared it; no source says so."],
      notes=["Length of the reservation, its fee and the duty to build differ by city: parameters, not stated here."]),
    S("send-reservation", "lessor", T("Tieto varauspäätöksestä", "Besked om reserveringen", "Send the reservation"),
      T("Saat varauspäätöksen ja sen ehdot. Aloita suunnittelu.", "Du får reserveringsbeslutet och villkoren. Börja planera.", "You get the reservation and its conditions. Begin to plan."), "send", by="city", via="e-mail letter", uses="reservation"),
    *_enquiry("preconstruction", "soil-and-preconstruction", "preconstruction-answer", T("Kysely esirakentamisesta", "Förfrågan om förberedande byggande", "Ask about pre-construction"), T("Vastaus esirakentamisesta", "Svar om förberedande byggande", "Answer on pre-construction"), ("tarvitseeko tontti esirakentamista", "om tomten kräver förberedande byggande", "whether the plot needs pre-construction")),
    *_enquiry("demolition", "demolition", "demolition-answer", T("Kysely purkamisesta", "Förfrågan om rivning", "Ask about demolition"), T("Vastaus purkamisesta", "Svar om rivning", "Answer on demolition"), ("pitääkö tontilta purkaa jotain", "om något på tomten måste rivas", "whether something on the plot has to be demolished")),
    *_enquiry("soil-pollution", "soil-protection", "soil-pollution-answer", T("Kysely maaperän pilaantumisesta", "Förfrågan om förorenad mark", "Ask about polluted land"), T("Vastaus maaperän pilaantumisesta", "Svar om förorenad mark", "Answer on polluted land"), ("onko maaperä pilaantunut", "om marken är förorenad", "whether the land is polluted")),
    *_enquiry("soil-report", "soil-survey", "soil-report", T("Kysely maaperäselvityksestä", "Förfrågan om markutredning", "Ask for the soil report"), T("Maaperäselvitys", "Markutredning", "Give the soil report"), ("millainen maaperä on", "vilken typ av mark det är", "what the soil is like")),
    *_enquiry("other", "planning", "other-answer", T("Kysely muista rakentamiseen vaikuttavista seikoista", "Förfrågan om annat som påverkar byggandet", "Ask about other matters"), T("Vastaus muista seikoista", "Svar om övriga omständigheter", "Answer on other matters"), ("vaikuttaako rakentamiseen jokin muu seikka", "om något annat påverkar byggandet", "whether anything else affects building")),
    S("carry-out-measures", "lessor", T("Tarvittavat toimet tontilla", "Åtgärder som behövs på tomten", "Have the measures carried out"),
      T("Jos tontti ei ole vielä rakentamiskelpoinen, kaupunki teettää tarvittavat toimet ennen kuin rakennat.", "Om tomten ännu inte kan bebyggas låter staden utföra de åtgärder som behövs innan du bygger.", "If the plot cannot be built on yet, the city has the measures carried out before you build."), uses="preconstruction-answer demolition-answer soil-pollution-answer soil-report other-answer"),
    S("apply-extension", "lessor", T("Hae varaukselle jatkoa", "Ansök om förlängd reservering", "Apply for an extension"),
      T("Jos et ehdi varausajassa, hae varaukselle jatkoa ennen kuin se päättyy.", "Om reserveringstiden inte räcker, ansök om förlängning innan den går ut.", "If the time of the reservation is too short, apply for an extension before it ends."), "receive", by="customer", via="e-mail", asks="extension-application", uses="reservation"),
    S("decide-extension", "land-board", T("Päätös varauksen jatkamisesta", "Beslut om förlängningen", "Decide on the extension"),
      T("Toimielin päättää varauksen jatkamisesta.", "Organet beslutar om förlängningen.", "The board decides on the extension."), uses="extension-application reservation", delay="meeting"),
    S("submit-drawings", "lessor", T("Lähetä piirustukset hyväksyttäviksi", "Skicka ritningarna för godkännande", "Submit the drawings"),
      T("Lähetä rakennuksen piirustukset kaupungille, joka omistaa tontin.", "Skicka byggnadens ritningar till staden, som äger tomten.", "Send the drawings of the building to the city, which owns the plot."), "receive", by="customer", via="e-mail online", asks="drawings", uses="reservation", delay="customer"),
    S("approve-drawings", "lessor", T("Piirustusten hyväksyntä", "Godkännande av ritningarna", "Approve the drawings"),
      T("Kaupunki tarkistaa, että piirustukset vastaavat varauksen ehtoja.", "Staden kontrollerar att ritningarna stämmer med villkoren för reserveringen.", "The city checks that the drawings meet the terms of the reservation."), uses="drawings reservation", makes="drawings-approval"),
    S("decide-lease", "land-board", T("Päätös vuokrasopimuksesta", "Beslut om arrendet", "Decide on the lease"),
      T("Toimielin päättää vuokrasopimuksen ehdoista.", "Organet beslutar om arrendevillkoren.", "The board decides on the terms of the lease."), uses="reservation drawings-approval", delay="meeting", fixed="The power to decide on land belongs to the body that the city's rules name."),
    S("sign-lease", "lessor", T("Allekirjoita vuokrasopimus", "Underteckna arrendeavtalet", "Sign the lease"),
      T("Allekirjoita sopimus kaupungin kanssa. Sen jälkeen tontti on käytössäsi.", "Underteckna avtalet med staden. Därefter får du använda tomten.", "Sign the lease with the city. After that the plot is yours to use."), by="city", via="visit online", makes="lease", uses="reservation"),
    S("invoice-rent", "lessor", T("Ensimmäinen vuokralasku", "Första arrendefakturan", "Send the first rent invoice"),
      T("Saat laskun tontin vuokrasta. Vuokran määrä on sovittu vuokrasopimuksessa.", "Du får en faktura för arrendet. Beloppet framgår av avtalet.", "You get an invoice for the rent, as agreed in the lease."), "send", by="city", via="letter e-mail", uses="lease", notes=["Rent and reservation fee differ by city and plot; no amount is stated."]),
    S("apply-building-permit", "building-control", T("Hae rakentamislupaa", "Ansök om bygglov", "Apply for the building permit"),
      T("Hae rakennukselle lupaa rakennusvalvonnasta. Liitä mukaan piirustukset ja vuokrasopimus.", "Ansök om bygglov hos byggnadstillsynen. Bifoga ritningarna och arrendeavtalet.", "Apply to building control for a permit. Attach the drawings and the lease."), "receive", by="customer", via="online", asks="business-basics permit-application drawings", uses="lease",
      notes=["States of the permit: submitted, verdict, construction started, in use, closed (strength A)."]),
    S("give-verdict", "building-control", T("Päätös rakentamisluvasta", "Beslut om bygglovet", "Give the verdict on the permit"),
      T("Rakennusvalvonta tutkii hakemuksen ja tekee päätöksen.", "Byggnadstillsynen prövar ansökan och fattar beslut.", "Building control examines the application and decides."), uses="permit-application drawings", makes="building-permit", fixed="The building authority decides on building permits.", assume=["The verdict is drawn as granted; supplements and refusals of the building permit are left out."]),
    S("send-verdict", "building-control", T("Tieto rakentamisluvasta", "Besked om bygglovet", "Send the building permit"),
      T("Saat päätöksen, sen ehdot ja ohjeet muutoksenhausta.", "Du får beslutet, villkoren och anvisningar om hur du söker ändring.", "You get the decision, its terms and instructions on appeal."), "send", by="city", via="e-mail", uses="building-permit", notes=["A decision has to be notified with appeal instructions (general knowledge, strength C): it may be sent by another unit, not left out.", "The time for appeal is not in the reference, so none is stated: see the instructions of the decision."]),
    S("notify-start", "building-control", T("Ilmoita rakentamisen aloittamisesta", "Anmäl att bygget påbörjas", "Notify the start of construction"),
      T("Ilmoita rakennusvalvonnalle, kun rakentaminen alkaa.", "Meddela byggnadstillsynen när bygget börjar.", "Tell building control when construction begins."), "receive", by="customer", via="online phone", asks="start-notice", uses="building-permit"),
    S("build", "customer-alone", T("Rakenna toimitilat", "Bygg lokalerna", "Build the premises"),
      T("Rakenna luvan ja piirustusten mukaan. Pyydä loppukatselmusta, kun tilat ovat valmiit.", "Bygg enligt lovet och ritningarna. Begär slutsyn när lokalerna är färdiga.", "Build as the permit and the drawings say. Ask for the final inspection when the premises are ready."), "manual", uses="building-permit drawings"),
    S("final-inspection", "building-control", T("Loppukatselmus", "Slutsyn", "Hold the final inspection"),
      T("Rakennusvalvonta tarkastaa valmiin rakennuksen kanssasi.", "Byggnadstillsynen granskar den färdiga byggnaden tillsammans med dig.", "Building control inspects the finished building with you."), by="customer", via="site", uses="building-permit drawings", makes="inspection-record", fixed="The building authority inspects a building before it is taken into use.", assume=["A final inspection comes before the premises are in use, and is repeated when faults are found; the reference gives only the states of the permit."]),
    S("repair-faults", "customer-alone", T("Korjaa puutteet", "Åtgärda bristerna", "Put the faults right"),
      T("Korjaa katselmuksessa löytyneet puutteet ja pyydä uusi katselmus.", "Åtgärda bristerna från synen och begär en ny syn.", "Put right the faults that the inspection found and ask for another one."), "manual", uses="inspection-record"),
    S("approve-use", "building-control", T("Tilojen hyväksyminen käyttöön", "Godkännande av lokalerna för användning", "Approve the premises for use"),
      T("Saat tiedon, että tilat saa ottaa käyttöön.", "Du får besked om att lokalerna får tas i bruk.", "You hear that the premises may be taken into use."), "send", by="city", via="e-mail", uses="inspection-record"),
    S("take-into-use", "customer-alone", T("Ota toimitilat käyttöön", "Ta lokalerna i bruk", "Take the premises into use"),
      T("Muuta tiloihin ja aloita toiminta.", "Flytta in i lokalerna och inled verksamheten.", "Move into the premises and begin to work."), "manual", uses="inspection-record"),
    S("close-permit", "building-control", T("Lupa-asian päättäminen", "Avslutande av lovärendet", "Close the permit"),
      T("Rakennusvalvonta sulkee lupa-asian. Sinun ei tarvitse tehdä mitään.", "Byggnadstillsynen avslutar lovärendet. Du behöver inte göra något.", "Building control closes the permit. You do not have to do anything."), "service", uses="building-permit inspection-record"),
]  # fmt: skip
BY_ID = {s.id: s for s in STEPS}

KEYS = ["preconstruction", "demolition", "soil-pollution", "soil-report", "other"]
ENQUIRIES: list[list[Block]] = [[f"ask-{k}", f"answer-{k}"] for k in KEYS]
CHECKS: list[Block] = [
    "check-trade-register",
    "check-credit",
    "check-pension",
    "check-vat",
    "check-prepayment",
    "check-tax-debt",
    "check-employer",
]
MEASURES = when(
    "measures",
    T(
        "Tarvitaanko toimia ennen rakentamista?",
        "Behövs åtgärder före byggandet?",
        "Are measures needed before building?",
    ),
    "measures_needed",
    "carry-out-measures",
    "lessor",
)
ASK: list[Block] = ["ask-for-plot", "answer-plot-enquiry"]
SEARCH: list[Block] = ["publish-search", "answer-search", "acknowledge-answer", "compare-answers"]


def chosen(lane: str) -> Block:
    """Whether the applicant is chosen; otherwise the path ends."""
    return one_of(
        "applicant-chosen", T("Voidaanko tontti varata yritykselle?", "Kan tomten reserveras för företaget?", "Can the plot be reserved for the business?"),
        Way((), YES, "applicant_passes and applicant_chosen"),
        Way(["decline", Stop("end-declined", T("Tonttia ei varattu", "Tomten reserverades inte", "Plot not reserved"))], NO), lane=lane,
    )  # fmt: skip


RESERVE: list[Block] = ["prepare-reservation", "decide-reservation", "send-reservation"]
EXTEND = Again(
    "extension-needed",
    T(
        "Tarvitaanko varaukselle jatkoa?",
        "Behöver reserveringen förlängas?",
        "Is an extension needed?",
    ),
    "extension_needed",
    ["apply-extension", "decide-extension"],
    lane="lessor",
)
LEASE: list[Block] = [
    "submit-drawings",
    "approve-drawings",
    "decide-lease",
    "sign-lease",
    "invoice-rent",
]
BUILDING: list[Block] = [
    "apply-building-permit", "give-verdict", "send-verdict", "notify-start", "build",
    Again("faults-found", T("Löytyikö puutteita?", "Hittades det brister?", "Were faults found?"), "faults_found", "repair-faults", "final-inspection", lane="building-control"),
    "approve-use", "take-into-use", "close-permit",
]  # fmt: skip
CERTIFICATES_BLOCK: list[Block] = ["ask-certificates", "send-certificates", *CHECKS]
CURRENT: list[Block] = [
    *ASK, *SEARCH, *CERTIFICATES_BLOCK, chosen("lessor"), "hold-meeting", *RESERVE,
    *ENQUIRIES, MEASURES, EXTEND, *LEASE, *BUILDING,
]  # fmt: skip

# -- prototype 1: the enquiries at the same time, before the reservation

PARALLEL: list[Block] = [
    *ASK, *SEARCH, *CERTIFICATES_BLOCK, chosen("lessor"),
    Together("enquiries", tuple(ENQUIRIES), "lessor"), MEASURES,
    "hold-meeting", *RESERVE, EXTEND, *LEASE, *BUILDING,
]  # fmt: skip
TOGETHER = "The five enquiries do not depend on each other, so they can be made at the same time; the agencies have to confirm it."
PARALLEL_STEPS = [
    *(changed(BY_ID[f"ask-{k}"], assumptions=(TOGETHER,)) for k in KEYS),
    *(changed(BY_ID[f"answer-{k}"], text=T("Yksikkö vastaa kaupungin kyselyyn. Saat tiedon tuloksesta neuvottelussa ennen varausta.", "Enheten svarar på stadens förfrågan. Du får veta resultatet vid förhandlingen före reserveringen.", "The unit answers the city's enquiry. You hear the result in the meeting before the reservation.")) for k in KEYS),
    changed(BY_ID["hold-meeting"], documents=BOOK.list(uses="search-answer premises-plan preconstruction-answer demolition-answer soil-pollution-answer soil-report other-answer", makes="meeting-notes"),
            text=T("Käyt kaupungin kanssa läpi hankkeesi ja sen, mitä tontista on selvinnyt. Sovitte varauksen ehdoista.", "Du går igenom ditt projekt och utredningarna om tomten tillsammans med staden. Ni kommer överens om villkoren för reserveringen.", "You go through your project and what has been found out of the plot with the city, and agree on the terms.")),
]  # fmt: skip

# -- prototype 2: one check of constructability

ONE_STEPS = [
    S("check-constructability", "constructability", T("Tontin rakentamiskelpoisuuden selvitys", "Utredning av tomtens byggbarhet", "Check the constructability"),
      T("Kaupunki selvittää kerralla esirakentamisen, purkamisen, maaperän ja muut seikat ennen kuin tontti tulee haettavaksi.", "Staden utreder på en gång förberedande byggande, rivning, mark och övrigt innan tomten kan sökas.", "The city clarifies pre-construction, demolition, soil and other matters at one go before the plot can be applied for."), uses="plot-wish", makes="constructability-report", delay="statement", log=[BY_ID[f"{doing}-{k}"].name for k in KEYS for doing in ("ask", "answer")],
      assume=["One unit can gather what five agencies know of a plot in one check before the search; its cost to the city has not been estimated."]),
    changed(BY_ID["publish-search"], documents=BOOK.list(uses="plot-wish constructability-report", makes="plot-search"),
            text=T("Kaupunki avaa tonttihaun. Ilmoituksessa kerrotaan myös, mitä tontin rakentamiskelpoisuudesta tiedetään.", "Staden öppnar tomtutlysningen. I meddelandet står också vad man vet om tomtens byggbarhet.", "The city opens the plot search. The announcement also says what is known of the plot's constructability.")),
    changed(BY_ID["carry-out-measures"], documents=BOOK.list(uses="constructability-report")),
]  # fmt: skip
ONE: list[Block] = [
    *ASK, "check-constructability", MEASURES, *SEARCH, *CERTIFICATES_BLOCK, chosen("lessor"),
    "hold-meeting", *RESERVE, EXTEND, *LEASE, *BUILDING,
]  # fmt: skip

# -- prototype 3: the case manager

MANAGED = "A case manager of business services can speak for the lessor and for building control towards the business; decisions stay where they are."
REGISTERS = "The city may fetch all seven data of the applicant from registers with the applicant's consent; which of them has an interface is not known."


def managed(id: str, **more: Any) -> Step:
    """A contact that the case manager has instead of the unit."""
    return changed(BY_ID[id], lane="case-manager", **more)


FETCHED = {
    "check-trade-register": "trade-register-extract", "check-credit": "credit-report", "check-pension": "pension-certificate", "check-vat": "vat-entry",
    "check-prepayment": "prepayment-entry", "check-tax-debt": "tax-debt-certificate", "check-employer": "employer-entry",
}  # fmt: skip
MANAGER_STEPS = [
    managed("ask-for-plot", assumptions=(MANAGED,), text=T("Ota yhteyttä yrityksesi yhteyshenkilöön. Hän hoitaa asiaasi alusta loppuun.", "Ta kontakt med ditt företags kontaktperson, som sköter ditt ärende från början till slut.", "Contact the case manager of your business, who takes care of your matter from beginning to end.")),
    managed("answer-plot-enquiry"), managed("acknowledge-answer"),
    managed("answer-search", documents=BOOK.list(asks="search-answer premises-plan", uses="business-basics plot-search")),
    *(changed(BY_ID[k], kind="service", documents=BOOK.list(fetches=d), assumptions=(REGISTERS,)) for k, d in FETCHED.items()),
    managed("decline"), managed("send-reservation"), managed("apply-extension"), managed("submit-drawings"),
    managed("hold-meeting", text=T("Yhteyshenkilö kutsuu sinut ja tarvittavat yksiköt yhteen neuvotteluun.", "Kontaktpersonen kallar dig och de enheter som behövs till en gemensam förhandling.", "The case manager invites you and the units needed to one meeting.")),
    managed("sign-lease"), managed("invoice-rent"), managed("apply-building-permit", documents=BOOK.list(asks="permit-application", uses="business-basics drawings lease")),
    managed("send-verdict"), managed("notify-start"), managed("approve-use"),
    S("tell-progress", "case-manager", T("Tieto asian etenemisestä", "Besked om hur ärendet framskrider", "Tell how the matter proceeds"),
      T("Yhteyshenkilö kertoo sinulle selvitysten tulokset ja seuraavat vaiheet.", "Kontaktpersonen berättar för dig om resultaten av utredningarna och vad som händer härnäst.", "The case manager tells you the results of the enquiries and what comes next."), "send", by="city", via="phone e-mail", uses="preconstruction-answer demolition-answer soil-pollution-answer soil-report other-answer"),
]  # fmt: skip
MANAGER: list[Block] = [
    *ASK, *SEARCH, *CHECKS, chosen("case-manager"), "hold-meeting", *RESERVE,
    *ENQUIRIES, MEASURES, "tell-progress", EXTEND, *LEASE, *BUILDING,
]  # fmt: skip

# -- conditions in plain words

SAID: dict[str, Said] = {
    "applicant_passes and applicant_chosen": (T("jos tontti varataan yritykselle", "om tomten reserveras för företaget", "if the plot is reserved for the business"), T("jos tonttia ei varata yritykselle", "om tomten inte reserveras för företaget", "if the plot is not reserved for the business")),
    "measures_needed": (T("jos ennen rakentamista tarvitaan toimia", "om åtgärder behövs före byggandet", "if measures are needed before building"), T("jos toimia ei tarvita ennen rakentamista", "om inga åtgärder behövs före byggandet", "if no measures are needed before building")),
    "extension_needed": (T("jos varaukselle tarvitaan jatkoa", "om reserveringen behöver förlängas", "if the reservation has to be extended"), T("jos varaukselle ei tarvita jatkoa", "om reserveringen inte behöver förlängas", "if the reservation need not be extended")),
    "faults_found": (T("jos katselmuksessa löytyy puutteita", "om brister hittas vid synen", "if the inspection finds faults"), T("jos katselmuksessa ei löydy puutteita", "om inga brister hittas vid synen", "if the inspection finds no faults")),
}  # fmt: skip

# -- versions

START = T("Yritys tarvitsee tontin", "Företaget behöver en tomt", "The business needs a plot")
END = T("Toimitilat ovat käytössä", "Lokalerna är i bruk", "The premises are in use")
NOTES = [
    "A worked example with stated sources, not legal advice. Reservation fee, length of reservation and duty to build differ by city.",
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
        "current": _made(Version(NAME, "1", "current", note="The current state as a city might describe it, from the reference on plots."), CURRENT),
        "prototype-parallel-enquiries": _made(
            Version(NAME, "1-parallel-enquiries", "prototype", answers=(EXAMPLE + "after the reservation the business waits for five enquiries of which nobody tells it.",),
                    note="The five constructability enquiries are made at the same time, before the reservation."),
            PARALLEL, PARALLEL_STEPS),
        "prototype-one-check": _made(
            Version(NAME, "1-one-check", "prototype", answers=(EXAMPLE + "the business plans for months before it turns out what the plot allows.",),
                    note="One check of constructability before the plot search replaces five enquiries."),
            ONE, ONE_STEPS),
        "prototype-case-manager": _made(
            Version(NAME, "1-case-manager", "prototype", answers=(EXAMPLE + "the business tells its matter again in every unit and never knows who has it now.",),
                    note="One case manager is the contact point from the first enquiry to the premises in use; papers for the seven checks are fetched from registers."),
            MANAGER, MANAGER_STEPS),
    }  # fmt: skip

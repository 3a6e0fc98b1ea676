# ruff: noqa: E501
"""Starting up: advice for a founder, the units that the trade needs, the employer's benefit."""

from __future__ import annotations

from collections.abc import Sequence

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
    Way,
    agency,
    any_of,
    changed,
    customer,
    one_of,
    path_of,
    when,
)
from polku.path.facts import Text, Version
from polku.path.model import Path, Step

NAME = "starting-up"
T = Text
NAMES = T("Yrityksen perustaminen", "Att starta företag", "Starting up")
TEXT = T(
    "Näin yrityksen perustaja saa neuvontaa, rekisteröi yrityksen ja hoitaa toimialansa luvat ja ilmoitukset. Polku päättyy, kun yritys aloittaa toimintansa.",
    "Så här får den som startar företag rådgivning, registrerar företaget och sköter de tillstånd och anmälningar som branschen kräver. Servicestigen slutar när företaget inleder sin verksamhet.",
    "How a founder gets advice, registers the business and takes care of the permits and notifications of the trade. The path ends when the business begins to trade.",
)
WEAK = "The evidence for this path is the weakest of the three: it rests on few facts."
FINDS = "The founder has to find this unit alone, one unit after another being possible; taken from the aim of the programme, not counted."
FREE = "The advice is free of charge (strength B, 2020)."

ABOUT = """
**The weakest evidence of the three paths.** Fact, as far as the reference goes: advice is free of
charge, with phone hours and appointments of 45 minutes (B, 2020); business data can be read through
the open interface of YTJ/PRH and acting for a business takes a Suomi.fi authorisation (A); the
states of the employer's benefit (A); that the city's units differ by trade: food, premises, terrace,
plot. Worked example: nearly all steps of those trades, the units' names, the insights, the
prototypes and everything under *Assumptions*. No deadline and no fee is stated, because none is in
the reference.
"""

BOOK = Book(
    {
        "business-plan": T("Liiketoimintasuunnitelma", "Affärsplan", "Business plan"),
        "business-basics": T(
            "Yrityksen perustiedot", "Företagets basuppgifter", "Basic data of the business"
        ),
        "start-up-notice": T("Perustamisilmoitus", "Etableringsanmälan", "Start-up notification"),
        "business-id": T(
            "Y-tunnus ja rekisteritiedot",
            "FO-nummer och registeruppgifter",
            "Business ID and register data",
        ),
        "food-notice": T(
            "Ilmoitus elintarviketoiminnasta",
            "Anmälan om livsmedelsverksamhet",
            "Notice of food business",
        ),
        "premises-drawings": T(
            "Toimitilan piirustukset", "Ritningar över lokalen", "Drawings of the premises"
        ),
        "use-application": T(
            "Hakemus tilan käyttötarkoituksen muuttamisesta",
            "Ansökan om ändrat användningsändamål",
            "Application to change the use of premises",
        ),
        "use-permit": T(
            "Päätös käyttötarkoituksesta", "Beslut om användningsändamålet", "Decision on the use"
        ),
        "terrace-application": T(
            "Terassihakemus", "Ansökan om uteservering", "Application for a terrace"
        ),
        "terrace-permit": T(
            "Päätös terassista", "Beslut om uteserveringen", "Decision on the terrace"
        ),
        "plot-wish": T(
            "Yrityksen toive tontista",
            "Företagets önskemål om tomt",
            "The business's wish for a plot",
        ),
        "benefit-application": T(
            "Hakemus työnantajan tuesta",
            "Ansökan om arbetsgivarstöd",
            "Application for the employer's benefit",
        ),
        "employment-contract": T("Työsopimus", "Arbetsavtal", "Employment contract"),
        "benefit-decision": T(
            "Päätös työnantajan tuesta",
            "Beslut om arbetsgivarstöd",
            "Decision on the employer's benefit",
        ),
        "benefit-agreement": T(
            "Allekirjoitettu sopimus tuesta",
            "Undertecknat avtal om stödet",
            "Signed agreement on the benefit",
        ),
        "checklist": T(
            "Toimialan tarkistuslista", "Checklista för branschen", "Checklist of the trade"
        ),
        "advice-notes": T(
            "Neuvonnan muistio", "Promemoria från rådgivningen", "Notes of the advice"
        ),
    }
)

LANES = [
    *customer(T("Yrityksen perustaja", "Grundaren", "Founder")),
    *agency("business-services", T("Yrityspalvelut", "Företagstjänster", "Business services"), ("business-advice", T("Yritysneuvonta", "Företagsrådgivning", "Business advice"))),
    *agency("register-authority", T("Patentti- ja rekisterihallitus (valtio)", "Patent- och registerstyrelsen (staten)", "Patent and Registration Office (state)"), ("business-register", T("Yritystietojärjestelmä (YTJ)", "Företags- och organisationsdatasystemet (FODS)", "Business Information System (YTJ)"))),
    *agency("environmental-services", T("Ympäristöpalvelut", "Miljötjänster", "Environmental services"), ("food-safety", T("Elintarviketurvallisuus", "Livsmedelssäkerhet", "Food safety"))),
    *agency(
        "city-environment", T("Kaupunkiympäristö", "Stadsmiljö", "City environment"),
        ("building-control", T("Rakennusvalvonta", "Byggnadstillsynen", "Building control")),
        ("area-use", T("Alueiden käyttö", "Områdesanvändning", "Area use")),
    ),
    *agency("land-and-plots", T("Maaomaisuus ja tontit", "Mark och tomter", "Land and plots"), ("lessor", T("Vuokranantajayksikkö", "Arrendegivarenheten", "Lessor unit"))),
    *agency("employment-services", T("Työllisyyspalvelut", "Sysselsättningstjänster", "Employment services"), ("employer-services", T("Työnantajapalvelut", "Arbetsgivartjänster", "Employer services"))),
]  # fmt: skip

S = BOOK.step


def _find(key: str, fi: str, sv: str, en: str) -> Step:
    return S(
        f"find-{key}",
        "customer-alone",
        T(f"Etsi oikea yksikkö: {fi}", f"Hitta rätt enhet: {sv}", f"Find the unit: {en}"),
        T(
            "Selvitä itse, mikä kaupungin yksikkö hoitaa asiaa.",
            "Ta själv reda på vilken enhet i staden som sköter ärendet.",
            "Find out yourself which unit of the city deals with it.",
        ),
        "manual",
        assume=[FINDS],
    )


STEPS = [
    S("read-guide", "customer-alone", T("Lue perustajan ohjeet", "Läs anvisningarna för grundare", "Read the founder's guide"),
      T("Lue verkosta, mitä yrityksen perustaminen vaatii.", "Läs på nätet vad som krävs för att starta företag.", "Read online what starting a business takes."), "manual", notes=[WEAK]),
    S("call-advice", "business-advice", T("Soita yritysneuvontaan", "Ring företagsrådgivningen", "Call the business advice"),
      T("Soita neuvontaan puhelinaikana. Saat ensimmäiset neuvot maksutta.", "Ring rådgivningen under telefontiden. De första råden är gratis.", "Call the advice during its phone hours. The first advice is free of charge."), "receive", by="customer", via="phone", notes=[FREE, "Advice by phone has fixed phone hours (strength B, 2020); the hours are not known here."]),
    S("write-business-plan", "customer-alone", T("Laadi liiketoimintasuunnitelma", "Gör en affärsplan", "Write the business plan"),
      T("Kirjoita, mitä myyt, kenelle myyt ja miten rahoitat aloittamisen.", "Skriv vad du ska sälja, till vem och hur du finansierar starten.", "Write down what you sell, to whom, and how you finance the start."), "manual", makes="business-plan"),
    S("book-appointment", "business-advice", T("Varaa aika neuvojalle", "Boka tid hos rådgivaren", "Book an appointment"),
      T("Varaa 45 minuutin aika. Voit valita tapaamisen paikan päällä tai verkossa.", "Boka en tid på 45 minuter. Du kan välja ett möte på plats eller på nätet.", "Book a time of 45 minutes, on the spot or online."), "receive", by="customer", via="online phone"),
    S("confirm-appointment", "business-advice", T("Vahvistus varatusta ajasta", "Bekräftelse på den bokade tiden", "Confirm the appointment"),
      T("Saat vahvistuksen ajasta ja ohjeet siitä, miten valmistaudut tapaamiseen.", "Du får en bekräftelse på tiden och råd om hur du förbereder dig.", "You get a confirmation of the time and what to prepare for it."), "send", by="city", via="e-mail"),
    S("meet-adviser", "business-advice", T("Tapaa yritysneuvoja", "Träffa rådgivaren", "Meet the adviser"),
      T("Käyt neuvojan kanssa suunnitelman läpi. Tapaaminen kestää 45 minuuttia ja on maksuton.", "Du går igenom planen med rådgivaren. Mötet tar 45 minuter och är gratis.", "You go through your plan with the adviser. The meeting takes 45 minutes and is free of charge."), by="customer", via="visit online", asks="business-basics", uses="business-plan", makes="advice-notes", notes=[FREE, "Appointments last 45 minutes (strength B, 2020)."]),
    S("improve-plan", "customer-alone", T("Paranna suunnitelmaa", "Förbättra planen", "Improve the plan"),
      T("Korjaa suunnitelmaa neuvojan ohjeiden mukaan ja varaa uusi aika.", "Ändra planen enligt rådgivarens tips och boka en ny tid.", "Change the plan as the adviser suggests and book another time."), "manual", uses="business-plan advice-notes"),
    S("file-start-up-notice", "business-register", T("Tee perustamisilmoitus", "Gör etableringsanmälan", "File the start-up notification"),
      T("Ilmoita yrityksesi rekisteriin yhdellä perustamisilmoituksella. Kirjaudu palveluun Suomi.fi-tunnistuksella.", "Anmäl företaget till registret med en enda etableringsanmälan. Logga in med Suomi.fi-identifikation.", "Enter your business in the register with one notification. Log in with Suomi.fi identification."), "receive", by="customer", via="online", asks="business-basics start-up-notice",
      notes=["Who acts for a business needs a Suomi.fi authorisation (strength A)."], assume=["Registration is drawn as one notification; its fee and time are not in the reference."]),
    S("register-business", "business-register", T("Yrityksen rekisteröinti", "Registrering av företaget", "Register the business"),
      T("Viranomainen tarkistaa ilmoituksen ja rekisteröi yrityksen.", "Myndigheten granskar anmälan och registrerar företaget.", "The authority checks the notification and registers the business."), uses="start-up-notice", makes="business-id", delay="statutory", fixed="Registration belongs to the state's register authority."),
    S("send-business-id", "business-register", T("Tieto Y-tunnuksesta", "Besked om FO-numret", "Send the business ID"),
      T("Saat Y-tunnuksen. Yrityksesi tiedot näkyvät julkisessa YTJ-palvelussa.", "Du får ett FO-nummer. Företagets uppgifter syns i den offentliga tjänsten FODS.", "You get the business ID. The data of your business stand in the public YTJ service."), "send", by="city", via="online e-mail", uses="business-id", notes=["Business data can be read through the open interface of YTJ/PRH (strength A)."]),
    # food
    _find("food", "elintarvikkeet", "livsmedel", "food"),
    S("ask-food", "food-safety", T("Kysy elintarviketoiminnan vaatimuksista", "Fråga om kraven på livsmedelsverksamhet", "Ask about food business"),
      T("Kysy, mitä ruoan valmistus ja myynti tiloiltasi vaatii.", "Fråga vilka krav som ställs på dina lokaler när du tillverkar och säljer mat.", "Ask what making and selling food demands of your premises."), "receive", by="customer", via="phone e-mail", asks="business-basics"),
    S("answer-food", "food-safety", T("Neuvot elintarviketoiminnasta", "Råd om livsmedelsverksamhet", "Answer on food business"),
      T("Saat ohjeet tiloista, omavalvonnasta ja ilmoituksesta.", "Du får anvisningar om lokaler, egenkontroll och anmälan.", "You get instructions on premises, self-monitoring and the notice."), "send", by="city", via="phone e-mail"),
    S("send-food-notice", "food-safety", T("Ilmoita elintarviketoiminnasta", "Anmäl livsmedelsverksamheten", "Give notice of food business"),
      T("Tee ilmoitus ennen kuin aloitat ruoan valmistuksen tai myynnin.", "Gör anmälan innan du börjar tillverka eller sälja mat.", "Give notice before you begin to make or sell food."), "receive", by="customer", via="online", asks="business-basics food-notice premises-drawings", assume=["A new food business gives notice, with drawings, before it begins; the reference names food as a trade, not this notice."]),
    S("answer-food-notice", "food-safety", T("Vahvistus elintarvikeilmoituksesta", "Bekräftelse på livsmedelsanmälan", "Confirm the food notice"),
      T("Saat tiedon, että ilmoitus on käsitelty.", "Du får besked om att anmälan är behandlad.", "You hear that the notice has been handled."), "send", by="city", via="e-mail", uses="food-notice"),
    # premises
    _find("premises", "toimitilat", "lokaler", "premises"),
    S("ask-premises", "building-control", T("Kysy toimitilan käytöstä", "Fråga om användningen av lokalen", "Ask about the use of premises"),
      T("Kysy, saako tilaa käyttää aikomaasi toimintaan.", "Fråga om lokalen får användas för den verksamhet du planerar.", "Ask whether the premises may be used for your trade."), "receive", by="customer", via="phone e-mail", asks="business-basics"),
    S("answer-premises", "building-control", T("Vastaus toimitilan käytöstä", "Svar om användningen av lokalen", "Answer on the use of premises"),
      T("Saat tiedon, tarvitseeko käyttötarkoituksen muutos lupaa.", "Du får besked om det krävs lov för att ändra användningsändamålet.", "You hear whether a change of use needs a permit."), "send", by="city", via="phone e-mail"),
    S("apply-change-of-use", "building-control", T("Hae lupaa käyttötarkoituksen muutokseen", "Ansök om ändrat användningsändamål", "Apply to change the use"),
      T("Hae lupaa, jos tilaa on ennen käytetty muuhun. Liitä mukaan piirustukset.", "Ansök om lov om lokalen tidigare har använts till något annat. Bifoga ritningar.", "Apply for a permit if the premises had another use before. Attach drawings."), "receive", by="customer", via="online", asks="business-basics use-application premises-drawings", assume=["Premises mean a change of use that building control decides on; the reference names premises as a trade, not this permit."]),
    S("decide-use", "building-control", T("Päätös käyttötarkoituksesta", "Beslut om användningsändamålet", "Decide on the use"),
      T("Rakennusvalvonta tekee päätöksen hakemuksestasi.", "Byggnadstillsynen fattar beslut om din ansökan.", "Building control decides on your application."), uses="use-application premises-drawings", makes="use-permit", fixed="The building authority decides on the use of a building."),
    S("send-use-decision", "building-control", T("Tieto käyttötarkoituspäätöksestä", "Besked om beslutet om användningsändamålet", "Send the decision on the use"),
      T("Saat päätöksen ja ohjeet muutoksenhausta.", "Du får beslutet och anvisningar om hur du söker ändring.", "You get the decision and instructions on appeal."), "send", by="city", via="e-mail", uses="use-permit"),
    # terrace
    _find("terrace", "terassi", "uteservering", "terrace"),
    S("apply-for-terrace", "area-use", T("Hae paikkaa terassille", "Ansök om plats för uteservering", "Apply for a terrace"),
      T("Hae lupaa käyttää yleistä aluetta terassina. Liitä kuva paikasta ja mitat.", "Ansök om att få använda ett allmänt område för uteservering. Bifoga en bild av platsen och måtten.", "Apply to use the public area as a terrace. Attach a picture of the place and its measures."), "receive", by="customer", via="online e-mail", asks="business-basics terrace-application", assume=["A terrace in a public area needs the landowner's permission from area use; the reference names terrace as a trade, not this permit."]),
    S("decide-terrace", "area-use", T("Päätös terassista", "Beslut om uteserveringen", "Decide on the terrace"),
      T("Kaupunki päättää terassin paikasta ja koosta.", "Staden beslutar om uteserveringens plats och storlek.", "The city decides on the place and size of the terrace."), uses="terrace-application", makes="terrace-permit"),
    S("send-terrace-decision", "area-use", T("Tieto terassipäätöksestä", "Besked om uteserveringen", "Send the decision on the terrace"),
      T("Saat päätöksen ja laskun terassin paikasta.", "Du får beslutet och en faktura för platsen.", "You get the decision and an invoice for the place."), "send", by="city", via="e-mail", uses="terrace-permit"),
    # plot
    _find("plot", "tontit", "tomter", "plots"),
    S("ask-for-plot", "lessor", T("Kysy tonttia", "Fråga efter en tomt", "Ask for a plot"),
      T("Kerro, millaisen tontin tarvitset. Asia jatkuu palvelupolulla ”Tontista toimitiloihin”.", "Berätta vilken slags tomt du behöver. Ärendet fortsätter på servicestigen ”Från tomt till lokaler”.", "Say what plot you need. The matter goes on along the path “Plot to premises”."), "receive", by="customer", via="e-mail online", asks="business-basics plot-wish"),
    S("answer-plot-enquiry", "lessor", T("Vastaus tonttikyselyyn", "Svar på tomtförfrågan", "Answer the plot enquiry"),
      T("Saat vastauksen ja tiedon haettavista tonteista.", "Du får svar och information om tomter som kan sökas.", "You get an answer and hear which plots can be applied for."), "send", by="city", via="e-mail", uses="plot-wish"),
    # employer's benefit
    S("draft-benefit", "customer-alone", T("Täytä tukihakemuksen luonnos", "Fyll i ett utkast till stödansökan", "Draft the application for the benefit"),
      T("Täytä hakemus, kun palkkaat työntekijän. Voit tallentaa sen luonnokseksi.", "Fyll i ansökan när du anställer någon. Du kan spara den som utkast.", "Fill in the application when you hire somebody. You can save it as a draft."), "manual", notes=["States of the benefit: draft, received, handling, additional information, accepted or rejected, proposal, signed, paid in one or two instalments (strength A)."]),
    S("apply-for-benefit", "employer-services", T("Hae työnantajan tukea", "Ansök om arbetsgivarstöd", "Apply for the employer's benefit"),
      T("Lähetä hakemus ja työsopimus verkossa.", "Skicka ansökan och arbetsavtalet på nätet.", "Send the application and the employment contract online."), "receive", by="customer", via="online", asks="business-basics benefit-application employment-contract", assume=["Employment services handle the employer's benefit, and the employment contract goes with the application; the reference gives only the states."]),
    S("handle-benefit", "employer-services", T("Tukihakemuksen käsittely", "Behandling av stödansökan", "Handle the application"),
      T("Kaupunki tarkistaa, täyttyvätkö tuen ehdot.", "Staden kontrollerar om villkoren för stödet uppfylls.", "The city checks whether the conditions of the benefit are met."), uses="benefit-application employment-contract"),
    S("more-information", "employer-services", T("Lisätietokierros", "Tilläggsuppgifter", "Additional information"),
      T("Jos tietoja puuttuu, kaupunki pyytää niitä sinulta. Käsittely jatkuu, kun olet vastannut.", "Om uppgifter saknas ber staden dig om dem. Behandlingen fortsätter när du har svarat.", "If data are missing, the city asks you for them. Handling goes on when you have answered."), "sub-process"),
    S("ask-more", "employer-services", T("Lisätietopyyntö", "Begäran om tilläggsuppgifter", "Ask for additional information"),
      T("Saat viestin, jossa kerrotaan, mitä lisätietoja tarvitaan.", "Du får ett meddelande om vilka tilläggsuppgifter som behövs.", "You get a message that says what else is needed."), "send", by="city", via="online e-mail", uses="benefit-application"),
    S("send-more", "employer-services", T("Lähetä lisätiedot", "Skicka tilläggsuppgifterna", "Send the additional information"),
      T("Lähetä pyydetyt lisätiedot verkossa.", "Skicka de begärda tilläggsuppgifterna på nätet.", "Send online what was asked for."), "receive", by="customer", via="online", asks="benefit-application employment-contract", delay="customer"),
    S("remind-more", "employer-services", T("Muistutus lisätiedoista", "Påminnelse om tilläggsuppgifterna", "Remind of the additional information"),
      T("Jos et ole vastannut, saat muistutuksen.", "Om du inte har svarat får du en påminnelse.", "If you have not answered, you get a reminder."), "send", by="city", via="e-mail", uses="benefit-application", assume=["A reminder of additional information goes out after 7 days; no source gives the time."]),
    S("decide-benefit", "employer-services", T("Päätös tuesta", "Beslut om stödet", "Decide on the benefit"),
      T("Kaupunki päättää, saatko tukea ja kuinka paljon.", "Staden beslutar om du får stöd och hur mycket.", "The city decides whether you get the benefit and how much."), uses="benefit-application", makes="benefit-decision", apart="handle-benefit", assume=["Another person decides on the benefit than the one who handled it; no source says so."]),
    S("reject-benefit", "employer-services", T("Kielteinen tukipäätös", "Avslag på stödansökan", "Reject the benefit"),
      T("Saat päätöksen, syyn siihen ja ohjeet muutoksenhausta.", "Du får beslutet, motiveringen och anvisningar om hur du söker ändring.", "You get the decision, its reason and instructions on appeal."), "send", by="city", via="online e-mail", uses="benefit-decision"),
    S("propose-benefit", "employer-services", T("Ehdotus tukisopimukseksi", "Förslag till stödavtal", "Send the proposal"),
      T("Saat ehdotuksen tuesta ja sen ehdoista.", "Du får ett förslag om stödet och dess villkor.", "You get a proposal of the benefit and its terms."), "send", by="city", via="online", uses="benefit-decision"),
    S("sign-benefit", "employer-services", T("Allekirjoita tukisopimus", "Underteckna stödavtalet", "Sign the agreement"),
      T("Hyväksy ehdot ja allekirjoita sopimus verkossa.", "Godkänn villkoren och underteckna avtalet på nätet.", "Accept the terms and sign the agreement online."), "receive", by="customer", via="online", asks="benefit-agreement", uses="benefit-decision"),
    S("pay-benefit", "employer-services", T("Tuen maksaminen", "Utbetalning av stödet", "Pay the benefit"),
      T("Tuki maksetaan yrityksesi tilille.", "Stödet betalas till företagets konto.", "The benefit is paid into the account of your business."), "service", uses="benefit-agreement"),
    S("pay-second-instalment", "employer-services", T("Toisen erän maksaminen", "Utbetalning av den andra raten", "Pay the second instalment"),
      T("Jos tuki maksetaan kahdessa erässä, saat toisen erän myöhemmin.", "Om stödet betalas i två rater får du den andra raten senare.", "If the benefit is paid in two instalments, you get the second one later."), "service", uses="benefit-agreement"),
    S("start-trading", "customer-alone", T("Aloita toiminta", "Inled verksamheten", "Begin to trade"),
      T("Aloita yrityksesi toiminta, kun tarvittavat luvat ja ilmoitukset ovat kunnossa.", "Inled företagets verksamhet när alla tillstånd och anmälningar är i ordning.", "Begin to trade when the permits and notices you need are in order."), "manual", uses="business-id"),
]  # fmt: skip
BY_ID = {s.id: s for s in STEPS}

FOOD, PREMISES = (
    T("Elintarvikkeita", "Livsmedel", "Food"),
    T("Tilan käyttö muuttuu", "Lokalens användning ändras", "Premises change their use"),
)
TERRACE, PLOT = T("Terassi", "Uteservering", "Terrace"), T("Tontti", "Tomt", "Plot")
NONE_OF_THESE = T("Ei mitään näistä", "Inget av dessa", "None of these")
WHICH = T("Mitä toimiala vaatii?", "Vad kräver branschen?", "What does the trade need?")


def trades(
    food: Block, premises: Block, terrace: Block, plot: Block, lane: str = "customer-alone"
) -> Block:
    """The units that the trade needs, at the same time."""
    return any_of(
        "trades",
        WHICH,
        Way(food, FOOD, "food_sold"),
        Way(premises, PREMISES, "premises_change"),
        Way(terrace, TERRACE, "terrace"),
        Way(plot, PLOT, "plot_needed"),
        Way((), NONE_OF_THESE),
        lane=lane,
    )


def permit(
    ask: Block, block: Block, id: str = "use-permit", lane: str = "building-control"
) -> Block:
    """The permit to change the use, where it is needed."""
    return [
        *ask,
        when(
            id,
            T("Tarvitaanko lupa?", "Behövs lov?", "Is a permit needed?"),
            "use_permit_needed",
            block,
            lane,
        ),
    ]  # type: ignore[misc, list-item]


MORE = Inside(
    "more-information", ["ask-more", Remind("send-more", "more-late", T("7 päivää kulunut", "7 dagar har gått", "7 days have passed"), "P7D", "remind-more", T("Muistutus lähetetty", "Påminnelsen skickad", "Reminder sent"))],
    T("Tietoja puuttuu", "Uppgifter saknas", "Data are missing"), T("Lisätiedot saatu", "Tilläggsuppgifterna har kommit in", "Information received"),
)  # fmt: skip
PAY: list[Block] = [
    "propose-benefit", "sign-benefit", "pay-benefit",
    when("instalments", T("Maksetaanko tuki kahdessa erässä?", "Betalas stödet i två rater?", "Is it paid in two instalments?"), "instalments == 2", "pay-second-instalment", "employer-services"),
]  # fmt: skip
BENEFIT_BODY: list[Block] = [
    "draft-benefit", "apply-for-benefit",
    Again("more-needed", T("Puuttuuko tietoja?", "Saknas det uppgifter?", "Are data missing?"), "not benefit_complete", MORE, "handle-benefit", lane="employer-services"),
    "decide-benefit",
    one_of("benefit-granted", T("Myönnetäänkö tuki?", "Beviljas stödet?", "Is the benefit granted?"), Way(PAY, YES, "benefit_granted"), Way("reject-benefit", NO), lane="employer-services"),
]  # fmt: skip
BENEFIT = when(
    "hiring",
    T(
        "Palkkaako yritys työntekijän?",
        "Anställer företaget någon?",
        "Does the business hire somebody?",
    ),
    "hires",
    BENEFIT_BODY,
    "customer-alone",
)
MEETING: list[Block] = ["book-appointment", "confirm-appointment", "meet-adviser"]
ADVICE = Again(
    "another-meeting",
    T("Tarvitaanko uusi tapaaminen?", "Behövs ett nytt möte?", "Is another meeting needed?"),
    "another_meeting_needed",
    "improve-plan",
    MEETING,
    lane="business-advice",
)
REGISTER: list[Block] = ["file-start-up-notice", "register-business", "send-business-id"]
USE: list[Block] = ["apply-change-of-use", "decide-use", "send-use-decision"]
GIVE_UP = one_of(
    "goes-on", T("Perustetaanko yritys?", "Startas företaget?", "Is the business founded?"), Way((), YES, "goes_on"),
    Way([Stop("end-not-founded", T("Yritystä ei perusteta", "Företaget startas inte", "Business not founded"), "customer-alone")], NO), lane="customer-alone",
)  # fmt: skip
TERRACE_STEPS: list[Block] = ["apply-for-terrace", "decide-terrace", "send-terrace-decision"]
FOOD_STEPS: list[Block] = ["send-food-notice", "answer-food-notice"]
PLOT_STEPS: list[Block] = ["ask-for-plot", "answer-plot-enquiry"]
FIRST: list[Block] = ["read-guide", "call-advice", "write-business-plan"]
CURRENT: list[Block] = [
    *FIRST, ADVICE, GIVE_UP, *REGISTER,
    trades(["find-food", "ask-food", "answer-food", *FOOD_STEPS], permit(["find-premises", "ask-premises", "answer-premises"], USE), ["find-terrace", *TERRACE_STEPS], ["find-plot", *PLOT_STEPS]),
    BENEFIT, "start-trading",
]  # fmt: skip

# -- prototype 1: the units come to the adviser

ADVISER_KNOWS = "The units of the city can send somebody to a joint meeting when a founder needs them; how many hours it takes of them has not been estimated."
COMING = {
    "food": ("food-safety", T("elintarvikkeet", "livsmedel", "food")),
    "premises": ("building-control", T("toimitilat", "lokaler", "premises")),
    "terrace": ("area-use", T("terassi", "uteservering", "terrace")),
    "plot": ("lessor", T("tontit", "tomter", "plots")),
}


def _comes(key: str, lane: str, about: Text) -> Step:
    return S(
        f"come-{key}",
        lane,
        T(f"Osallistuminen yhteiseen tapaamiseen: {about.fi}", f"Deltagande i det gemensamma mötet: {about.sv}", f"Come to the joint meeting: {about.en}"),
        T("Yksikkö perehtyy suunnitelmaasi ja tulee tapaamiseen. Sinun ei tarvitse tehdä mitään.", "Enheten sätter sig in i din plan och kommer till mötet. Du behöver inte göra något.", "The unit looks into your plan and comes to the meeting. You do not have to do anything."),
        uses="business-plan",
        assume=[ADVISER_KNOWS],
    )  # fmt: skip


UNITS_STEPS = [
    S("invite-units", "business-advice", T("Yksiköiden kutsuminen mukaan", "Inbjudan till enheterna", "Invite the units that are needed"),
      T("Neuvoja kutsuu mukaan ne kaupungin yksiköt, joita toimialasi koskee. Sinun ei tarvitse etsiä niitä.", "Rådgivaren bjuder in de enheter i staden som din bransch berör. Du behöver inte leta efter dem.", "The adviser invites the units of the city that your trade concerns. You do not have to look for them."), uses="business-plan advice-notes", assume=[ADVISER_KNOWS]),
    S("joint-meeting", "business-advice", T("Tapaa neuvoja ja yksiköt yhdessä", "Träffa rådgivaren och enheterna tillsammans", "Meet adviser and units together"),
      T("Saat yhdessä tapaamisessa vastaukset tiloista, elintarvikkeista, terassista ja tontista.", "Vid ett enda möte får du svar om lokaler, livsmedel, uteservering och tomt.", "In one meeting you get answers on premises, food, terrace and plot."), by="customer", via="visit online", uses="business-plan advice-notes", delay="meeting"),
    *(_comes(k, lane, names) for k, (lane, names) in COMING.items()),
]  # fmt: skip
NEEDS_UNITS = "food_sold or premises_change or terrace or plot_needed"
COME = any_of(
    "units-come",
    T("Mitä yksiköitä tarvitaan?", "Vilka enheter behövs?", "Which units are needed?"),
    Way("come-food", FOOD, "food_sold"),
    Way("come-premises", PREMISES, "premises_change"),
    Way("come-terrace", TERRACE, "terrace"),
    Way("come-plot", PLOT, "plot_needed"),
    Way((), NONE_OF_THESE),
    lane="business-advice",
)
UNITS: list[Block] = [
    *FIRST, ADVICE, GIVE_UP,
    when("units-needed", T("Tarvitaanko muita yksiköitä?", "Behövs andra enheter?", "Are other units needed?"), NEEDS_UNITS, ["invite-units", COME, "joint-meeting"], "business-advice"),
    *REGISTER,
    trades(FOOD_STEPS, permit([], USE), TERRACE_STEPS, PLOT_STEPS), BENEFIT, "start-trading",
]  # fmt: skip

# -- prototype 2: a checklist by trade

OPEN_DATA = "What the city asks of the business is filled in from YTJ by its business ID; only what the open interface holds can be filled in."
CHECKLIST_STEPS = [
    S("make-checklist", "business-advice", T("Tee toimialan tarkistuslista verkossa", "Gör branschens checklista på nätet", "Make the checklist of the trade"),
      T("Vastaa verkossa muutamaan kysymykseen. Saat listan luvista ja ilmoituksista, joita toimialasi vaatii, ja linkin oikeaan yksikköön.", "Svara på några frågor på nätet. Du får en lista över de tillstånd och anmälningar som branschen kräver, med en länk till rätt enhet.", "Answer a few questions online. You get a list of the permits and notices that your trade needs, with a link to the right unit."), "receive", by="customer", via="online", asks="business-basics", makes="checklist",
      assume=["A city can keep a checklist for each trade up to date, each item linked to its unit."]),
    S("fetch-business-data", "business-register", T("Yrityksen tietojen haku YTJ:stä", "Hämtning av företagets uppgifter från FODS", "Fetch the data of the business from YTJ"),
      T("Tiedot haetaan rekisteristä, joten niitä ei kysytä sinulta uudestaan.", "Uppgifterna hämtas ur registret, så du behöver inte lämna dem på nytt.", "The data come from the register, so you are not asked for them again."), "service", fetches="business-id", assume=[OPEN_DATA]),
    *(
        changed(BY_ID[k], documents=BOOK.list(asks=asks, uses="business-id checklist"))
        for k, asks in {
            "send-food-notice": "food-notice premises-drawings", "apply-change-of-use": "use-application premises-drawings",
            "apply-for-terrace": "terrace-application", "ask-for-plot": "plot-wish",
        }.items()
    ),
    changed(BY_ID["apply-for-benefit"], documents=BOOK.list(asks="benefit-application employment-contract", uses="business-id")),
    changed(BY_ID["meet-adviser"], documents=BOOK.list(uses="business-plan checklist", makes="advice-notes"), text=T("Voit käydä neuvojan kanssa läpi suunnitelman ja tarkistuslistan. Tapaaminen kestää 45 minuuttia ja on maksuton.", "Du kan gå igenom planen och checklistan med rådgivaren. Mötet tar 45 minuter och är gratis.", "You may go through the plan and the checklist with the adviser. The meeting takes 45 minutes and is free of charge.")),
]  # fmt: skip
CHECKLIST: list[Block] = [
    "read-guide", "make-checklist", "write-business-plan",
    when("adviser-wanted", T("Haluaako perustaja tavata neuvojan?", "Vill grundaren träffa en rådgivare?", "Does the founder want to meet an adviser?"), "adviser_wanted", [ADVICE], "customer-alone"),
    GIVE_UP, *REGISTER, "fetch-business-data",
    trades(FOOD_STEPS, permit([], USE), TERRACE_STEPS, PLOT_STEPS), BENEFIT, "start-trading",
]  # fmt: skip

# -- conditions in plain words

SAID: dict[str, Said] = {
    "food_sold": (T("jos valmistetaan tai myydään elintarvikkeita", "om livsmedel tillverkas eller säljs", "if food is made or sold"), NO_WORDS),
    "premises_change": (T("jos tilan käyttö muuttuu", "om lokalens användning ändras", "if premises change their use"), NO_WORDS),
    "terrace": (T("jos tarvitaan terassi", "om en uteservering behövs", "if a terrace is needed"), NO_WORDS),
    "plot_needed": (T("jos tarvitaan tontti", "om en tomt behövs", "if a plot is needed"), NO_WORDS),
    "use_permit_needed": (T("jos käyttötarkoituksen muutos tarvitsee lupaa", "om ändringen av användningsändamålet kräver lov", "if the change of use needs a permit"), T("jos lupaa ei tarvita", "om lov inte behövs", "if no permit is needed")),
    "not benefit_complete": (T("jos tukihakemuksesta puuttuu tietoja", "om uppgifter saknas i stödansökan", "if data are missing in the application for the benefit"), T("jos tukihakemus on täydellinen", "om stödansökan är komplett", "if the application for the benefit is complete")),
    "benefit_granted": (T("jos tuki myönnetään", "om stödet beviljas", "if the benefit is granted"), T("jos tukea ei myönnetä", "om stödet inte beviljas", "if the benefit is not granted")),
    "instalments == 2": (T("jos tuki maksetaan kahdessa erässä", "om stödet betalas i två rater", "if the benefit is paid in two instalments"), T("jos tuki maksetaan yhdessä erässä", "om stödet betalas i en rat", "if the benefit is paid at once")),
    "hires": (T("jos yritys palkkaa työntekijän", "om företaget anställer någon", "if the business hires somebody"), T("jos yritys ei palkkaa ketään", "om företaget inte anställer någon", "if the business hires nobody")),
    "another_meeting_needed": (T("jos tarvitaan uusi tapaaminen", "om ett nytt möte behövs", "if another meeting is needed"), T("jos uutta tapaamista ei tarvita", "om inget nytt möte behövs", "if no other meeting is needed")),
    "goes_on": (T("jos yritys perustetaan", "om företaget startas", "if the business is founded"), T("jos yritystä ei perusteta", "om företaget inte startas", "if the business is not founded")),
    NEEDS_UNITS: (T("jos tarvitaan muita yksiköitä", "om andra enheter behövs", "if other units are needed"), T("jos muita yksiköitä ei tarvita", "om inga andra enheter behövs", "if no other units are needed")),
    "adviser_wanted": (T("jos neuvojan tapaamista toivotaan", "om ett möte med rådgivaren önskas", "if a meeting with the adviser is wanted"), T("jos neuvojan tapaamista ei toivota", "om inget möte med rådgivaren önskas", "if no meeting with the adviser is wanted")),
}  # fmt: skip

# -- versions

START = T(
    "Joku aikoo perustaa yrityksen",
    "Någon tänker starta ett företag",
    "Somebody means to found a business",
)
END = T(
    "Yritys on aloittanut toimintansa",
    "Företaget har inlett sin verksamhet",
    "The business has begun to trade",
)
NOTES = [
    "A worked example with stated sources, not legal advice.",
    WEAK,
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
        "current": _made(Version(NAME, "1", "current", note="The current state as a city might describe it; the weakest evidence of the three paths."), CURRENT),
        "prototype-units-come": _made(
            Version(NAME, "1-units-come", "prototype", answers=(EXAMPLE + "founders have to find the city's units one by one.",),
                    note="The units that a trade needs come to the adviser, to one joint meeting, at the moment they are needed."),
            UNITS, UNITS_STEPS),
        "prototype-checklist": _made(
            Version(NAME, "1-checklist", "prototype", answers=(EXAMPLE + "founders learn late what their trade needs, and give the same data to every unit.",),
                    note="A checklist by trade, each item linked to its unit; data of the business come from YTJ instead of being asked."),
            CHECKLIST, CHECKLIST_STEPS),
    }  # fmt: skip

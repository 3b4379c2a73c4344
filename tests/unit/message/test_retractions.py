"""Mail that takes another one back, and mail that says it was not for its reader, in six languages."""

from __future__ import annotations

import pytest

from scanner.message.retractions import OPENING, Retraction, is_notice, retraction
from tests.letters import letter


@pytest.mark.parametrize(
    "text",
    [
        "Sorry, wrong person!",
        "Sorry Tom, wrong address.",
        "I sent this to the wrong Tom, please excuse me.",
        "That was sent to you by\nmistake.",
        "Oops, that was meant for someone else.",
        "Mi scusi, la mail è stata inviata per errore.",
        "Scusa, ho sbagliato destinatario!",
        "Scusa, l'ho mandata al Marco sbagliato.",
        "Perdona, me equivoqué de destinatario.",
        "El correo fue enviado por error.",
        "Az önceki mesajı yanlışlıkla gönderdim, kusura bakmayın.",
        "Önceki e-posta SEHVEN GÖNDERİLMİŞTİR.",
        "Yanlış kişiye göndermişim.",
        "Das war ein Irrläufer.",
        "Die Mail ging versehentlich an Sie.",
        "Falscher Empfänger, Entschuldigung!",
        "Ce message vous a été envoyé par erreur.",
        "Désolé, erreur de destinataire.",
        "Je me suis trompée de destinataire.",
    ],
)
def test_a_mail_to_the_wrong_party_is_taken_back(text: str) -> None:
    """Whatever the accents, the case and the lines."""
    assert Retraction.PARTY is retraction(letter(text=text))


@pytest.mark.parametrize(
    "text",
    [
        "Please disregard my last mail.",
        "Please ignore my previous message.",
        "La prego di cancellarla.",
        "Le ruego que lo elimine.",
        "Lütfen dikkate almayınız.",
        "Bitte löschen!",
        "Merci de ne pas en tenir compte.",
    ],
)
def test_a_mail_is_taken_back_without_a_reason(text: str) -> None:
    """The sender does not say what was wrong."""
    assert Retraction.WITHDRAWN is retraction(letter(text=text))


@pytest.mark.parametrize(
    "text",
    [
        "Please ignore my last mail, it had the wrong attachment.",
        "Ho mandato l'allegato sbagliato, ignori la mail precedente.",
        "Adjunto equivocado, perdón.",
        "Yanlış dosya eklemişim, lütfen dikkate almayın.",
        "Falscher Anhang, bitte ignorieren.",
        "Mauvaise pièce jointe, veuillez ignorer.",
    ],
)
def test_a_wrong_attachment_to_the_right_person_is_another_mistake(text: str) -> None:
    """Even where the mail is taken back."""
    assert Retraction.CONTENT is retraction(letter(text=text))


@pytest.mark.parametrize(
    "text",
    [
        "Sorry, I was on the wrong floor.",
        "This is the wrong price.",
        "The wrong Wednesday, it should be Thursday.",
        "Wir sehen uns morgen.",
        "Yarın görüşürüz.",
        "",
    ],
)
def test_what_is_only_wrong_somehow_takes_nothing_back(text: str) -> None:
    """A phrase with a name needs a name."""
    assert retraction(letter(text=text)) is None


def test_legal_notices_and_quotes_are_not_the_senders_word() -> None:
    """What is quoted or stands far down counts for nothing."""
    notice = "If you are not the intended recipient, please delete it. It was sent in error."
    assert retraction(letter(text="Here is the plan. " * (OPENING // 18 + 1) + notice)) is None
    assert retraction(letter(text="Here is the plan.", quoted_text="Sorry, wrong person!")) is None


@pytest.mark.parametrize(
    "text",
    [
        "Hi, I don’t think this was meant for me.",
        "Sorry, you have the wrong Tom here.",
        "I think you sent this to the wrong Sven.",
        "You have the wrong address, I fear.",
        "Credo non fosse per me.",
        "Ha sbagliato indirizzo.",
        "Creo que no era para mí.",
        "Se ha equivocado de persona.",
        "Bu e-posta bana ait değil.",
        "Sanırım yanlış kişiye gönderdiniz.",
        "Die war wohl nicht für mich bestimmt.",
        "Sie haben sich in der Adresse geirrt.",
        "Je pense que ce message ne m'était pas destiné.",
        "Vous vous trompez de personne.",
    ],
)
def test_a_recipient_says_that_a_mail_was_not_for_them(text: str) -> None:
    """A notice, and not from a machine."""
    assert is_notice(letter(text=text))
    assert not is_notice(letter(text=text, automatic=True))


def test_an_ordinary_answer_is_no_notice() -> None:
    """Thanks for the plan."""
    assert not is_notice(letter(text="Thanks, this is exactly what I meant for the meeting."))


@pytest.mark.parametrize(
    "text",
    [
        "No, I did not send it to you by mistake.",
        "Tom sent the offer to the wrong client last week.",
        "If you have received the offer by mistake, please delete it.",
        "The parcel went to the wrong person.",
        "You must have dialled the wrong number.",
        "Did I send this to the wrong address?",
        "Non te l'ho mandata per errore.",
        "Marco ha mandato l'offerta al cliente sbagliato.",
        "No te lo mandé por error.",
        "Bilerek gönderdim, yanlışlıkla değil.",
        "Die ging nicht versehentlich an dich.",
        "Je ne te l'ai pas envoyé par erreur.",
    ],
)
def test_what_is_denied_supposed_or_told_of_others_takes_nothing_back(text: str) -> None:
    """A phrase counts as its sentence means it."""
    assert retraction(letter(text=text)) is None


@pytest.mark.parametrize(
    "text",
    [
        "I am not the right person for this, ask Paula.",
        "Thanks for the offer, but I don't think this is for me.",
        "You sent the wrong file.",
        "Non sono la persona giusta per questo, chiedi a Paola.",
        "No soy la persona indicada, pregunta a Paula.",
        "Da bin ich der falsche Ansprechpartner, frag Paula.",
        "Je ne suis pas le bon interlocuteur, voyez avec Paula.",
        "Bu konuda doğru kişi ben değilim, Pınar'a sorun.",
    ],
)
def test_who_is_not_competent_still_got_their_own_mail(text: str) -> None:
    """Nor who declines, nor who got the wrong file."""
    assert not is_notice(letter(text=text))


def test_a_phrase_of_another_language_is_no_phrase() -> None:
    """An English mail may hold Italian words."""
    text = "We should eliminate the clause, I think. It is confusing in general, and you agree with me."

    assert retraction(letter(text=text)) is None


def test_words_in_quotation_marks_are_somebody_elses() -> None:
    """A rule is quoted; a short name in quotation marks stands for nothing else than itself."""
    rule = "The contract says: “What was sent in error to you should be deleted.” Let us leave it so."

    assert retraction(letter(text=rule)) is None
    assert Retraction.PARTY is retraction(letter(text="I pressed “reply all” by mistake, sorry."))


@pytest.mark.parametrize(
    "text",
    [
        "You've copied in the wrong Priya again, the one you need is in Leeds.",
        "I have closed the list, I am quite certain I am not supposed to see it.",
        "Your mail came to me, presumably because our names are one letter apart.",
        "Ho ricevuto la Sua mail ma non ho figli e non conosco questa scuola.",
        "Temo di essere stato inserito per sbaglio in questo scambio con il Suo legale.",
        "Recibí su correo, pero no tengo hijos ni conozco ese colegio.",
        "Hola, creo que eso se lo querías escribir a tu mujer :)",
        "Ist bei mir angekommen, sollte wohl an den Robert im Einkauf gehen.",
        "Falscher Markus :) ich bin der Klempner.",
        "Coucou, je crois que tu voulais écrire ça à ta femme :)",
        "Cette ordonnance n'est pas la mienne, le nom est Jeanne Rède.",
        "Selam, galiba bunu eşine yazacaktın :)",
        "Bu reçete benim değil, üzerinde Canan Rende yazıyor.",
    ],
)
def test_a_recipient_may_say_it_indirectly(text: str) -> None:
    """By whom it would have been for, by what is not theirs, by how it came."""
    assert is_notice(letter(text=text))


@pytest.mark.parametrize(
    "text",
    [
        "I got the contract. There's a mistake in the address of the firm, I'll fix it and send it back.",
        "The tickets are not for me, they are for my daughter.",
        "Thanks for letting me know, I've deleted the first mail and use this one.",
        "Ci sono arrivati due bancali per errore, quando li ritirate?",
        "C'è un equivoco sulle date: il corso inizia il 4.",
        "Nos han llegado dos palés por error, ¿cuándo los recogen?",
        "No tengo cuenta en ese banco, ¿puede ser en efectivo?",
        "Ich war noch nie bei Ihnen Kunde und habe den Anhang noch nicht geöffnet.",
        "Sorry, war im Spam gelandet, seh ich jetzt erst.",
        "Je n'ai pas encore ouvert la pièce jointe, je n'ai jamais été client chez vous.",
        "Ce n'est pas à moi d'en décider.",
        "Tarihlerde bir karışıklık var sanırım: kurs ayın 4'ünde başlıyor.",
    ],
)
def test_other_mistakes_and_modesties_are_no_notices(text: str) -> None:
    """Dates, goods, spam folders, what was not opened yet, what is not mine to decide."""
    assert not is_notice(letter(text=text))


@pytest.mark.parametrize(
    "text",
    [
        "I accidentally deleted your mail. Could you send it again?",
        "Don't send it to the wrong person this time!",
        "Il regalo era per Anna, non per te :)",
        "Cogí el tren equivocado sin querer, llego tarde.",
        "Ignorieren Sie einfach die Fehlermeldung, sie stört nicht.",
        "Supprime les vieilles photos du serveur s'il te plaît.",
        "Toplantı iptal, lütfen takvimden silin.",
    ],
)
def test_what_else_is_deleted_or_goes_wrong_takes_nothing_back(text: str) -> None:
    """A mail that was lost, a present, a train, an error message, photos, a date."""
    assert retraction(letter(text=text)) is None

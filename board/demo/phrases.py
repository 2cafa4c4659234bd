"""What people of the demo say: a sentence or two for each reason, and notes."""

from domain.reasons import Reason

#: Reasons for which the promiser can't do a day, with what people say then.
HOLDUPS: dict[Reason, tuple[str, ...]] = {
    Reason.MATERIAL_LATE: (
        "Bar stock is confirmed for Tuesday, not before.",
        "The mill moved our 42CrMo4 by a week.",
        "Castings are still at the foundry, they answer tomorrow.",
    ),
    Reason.CAPACITY_FULL: (
        "Grinding is booked out until then, two shifts already.",
        "The week is full with the crane order.",
        "I could do half of it earlier, call me if that helps.",
    ),
    Reason.MACHINE_DOWN: (
        "Spindle of machine 4 is out, the fitter comes on Thursday.",
        "The hobbing machine is down, spare part is ordered.",
    ),
    Reason.TOOLING: (
        "The special hob is being reground.",
        "The fixture for this housing has to be made new.",
    ),
    Reason.SPECIFICATION_INCOMPLETE: (
        "The drawing has no tolerance for the bore, which index counts?",
        "Surface treatment is open: black oxide or zinc?",
    ),
    Reason.ESTIMATE_SHORT: (
        "Hardening takes two days longer than planned.",
        "The set-up takes longer than we thought.",
    ),
    Reason.QUALITY: (
        "Eight pieces are out of tolerance, we make them again.",
        "Measuring report is not clean yet.",
    ),
    Reason.PRIORITY_DISPLACED: ("The breakdown at another customer goes first this week.",),
    Reason.CARRIER: ("The carrier has no truck on Friday.", "Groupage only leaves on Tuesdays."),
}

#: Why sales asks for another day, or presses.
NEEDS: dict[Reason, tuple[str, ...]] = {
    Reason.CUSTOMER_CHANGED: (
        "Their assembly starts earlier than they said.",
        "They moved the start of their series.",
        "The customer's line stands still without these.",
    ),
    Reason.PRIORITY_DISPLACED: ("This one matters more to them than the other order.",),
    Reason.DATE_TOO_LATE: ("They have a fixed slot with the crane, later is no use.",),
}

#: Notes that nobody asked for.
NOTES = (
    "Drawing index D is in the order folder.",
    "Customer picks up with their own truck.",
    "First article check is agreed with Mr. Brandt of quality.",
    "Please pack in pairs, they count at the dock.",
    "Material certificate 3.1 goes with the goods.",
    "Asked twice by phone, nobody reachable until Monday.",
    "Same set-up as the last order, could run behind it.",
    "They would take a part delivery as well.",
    "Label with their part number, in large.",
    "The hardening shop picks up on Wednesdays.",
)

SHORTAGES = (
    "Two pieces were damaged on the way.",
    "They counted again: one layer is missing.",
    "Bore is out of tolerance on some of them, photos are in the folder.",
)

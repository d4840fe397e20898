"""C7: acts open conversations from which collective strategy grows."""

from groundswell.claims.claim import Channel, Claim, Curve, Prediction

CLAIM = Claim(
    id="C7",
    account="catalysis",
    text="Acts open conversations from which collective strategy grows.",
    term="self-organisation out of conversation (r_c), and out of hope times conversation (r_h)",
    estimand="organisation, weeks 4 to 52 after an act, with the channel closed and open",
    prediction=Prediction(
        "change in organisation, weeks 4 to 52, caused by one act",
        "share of people",
        "above",
        lambda runs, account: runs.difference(account, "act", "quiet", "organisation", 4, 52),
    ),
    closed=(
        Channel(
            "conversation: effect of the act on organisation, weeks 4 to 52",
            "share of people",
            lambda runs, account: (
                runs.difference(account, "act", "quiet", "organisation", 4, 52)
                - runs.difference(account, "act:conversation", "quiet:conversation", "organisation", 4, 52)
            ),
        ),
    ),
    curve=Curve(
        "Organisation after one act",
        "change in share of people",
        lambda runs, account: runs.curve(account, "act", "quiet", "organisation"),
    ),
    conjunction=True,
    without_record=("acts open conversations",),
    untested=(
        "the record of talk and membership is ELSOC, which does not ship; a test needs membership, new groups or later joint action by week and place for half a year after acts, together with how much people talked there, so that organisation can be seen to grow where talk grew first; posts show only the first half of this, and the record of December 2024 ends 24 days after the act and has no places"
    ),
)

import Kernel

/// A dozen lines that show the whole way, on a tiny problem made from a seed.
///
/// They run in a session of their own, so that nothing is left behind.
enum Tour {
  /// What each line shows, and the line.
  static let steps: [(comment: String, line: String)] = [
    ("Two sets of points in the plane, made from a seed:", "train, test = make blobs samples=600"),
    (
      "Two networks from different initial weights, trained side by side:",
      "a, b = train mlp width=24 data=train epochs=8 lr=0.05 count=2"
    ),
    ("How good is each?", "eval a b data=test"),
    ("How much worse is the line between them?", "before = barrier a b data=test"),
    (
      "Renumbering the hidden units of b changes nothing in what it computes, so let a search "
        + "bring it into the basin of a:", "p = search sa2 a b data=train steps=3k start=identity"
    ),
    ("Another method; any of them stands in the same place:", "q = search weight_match a b"),
    ("Side by side, the best marked:", "compare p q data=test"),
    ("The line between the networks as a picture:", "curve a q.networks[2] data=test |> plot"),
    ("Values have parts, and numbers units:", "print \"cost {p.cost}, ended: {p.status}\""),
    ("A script checks itself:", "expect q.networks[1] == a \"network 1 stays as it is\""),
    ("Every value knows how it came to be:", "explain q as=script"),
  ]

  /// Runs the lines and shows each before what comes of it.
  static func run(in session: Session) throws(Failure) {
    let host = session.host
    var settings = SessionSettings()
    settings.threads = session.settings.threads
    let tour = Session(
      host: host, lexicon: session.lexicon, settings: settings, isInteractive: true)
    for step in steps {
      host.show(.text("\n# \(step.comment)\nbasin \(tour.nextNumber)> \(step.line)"))
      if let problem = tour.run(.typed(step.line)).diagnostics.first { throw problem.failure }
      if tour.isStopAsked { return }
    }
    host.show(.text("\n# `help` lists the commands, and `help WORD` explains one."))
  }
}

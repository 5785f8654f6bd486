import Contract
import Kernel

/// What every cell begins with: the world as it was when the sweep began.
struct SweepCellStart: Sendable {
  let plan: SweepPlan
  let lexicon: Lexicon
  let settings: SessionSettings
  let deadline: ContinuousClock.Instant?
  let ledger: CallLedger?
  let filesApart: FilesApart?

  init(_ plan: SweepPlan, _ call: Invocation) {
    self.plan = plan
    lexicon = call.session.lexicon
    var settings = plan.settings
    settings.threads = call.session.settings.threads
    settings.format = call.session.settings.format
    self.settings = settings
    // The call's own budget and the run's limit.
    let own = call.realIfGiven("budget").map { ContinuousClock.now.advanced(by: .seconds($0)) }
    deadline = [own, call.session.deadline].compactMap(\.self).min()
    ledger = call.session.ledger
    filesApart = call.session.filesApart
  }

  func cell(_ number: Int, isAlone: Bool, host: any Host) -> SweepCellRun {
    let session = Session(host: host, lexicon: lexicon, settings: settings, deadline: deadline)
    session.ledger = ledger
    session.filesApart = filesApart
    for (name, value) in plan.names { session.bind(name, to: value) }
    for result in plan.results { session.record(result, text: "", seconds: 0) }
    return SweepCellRun(number, of: plan, in: session, isAlone: isAlone)
  }
}

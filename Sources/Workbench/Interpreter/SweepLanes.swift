import Contract
import Foundation
import Kernel

/// Runs the cells of a sweep, one after the other or several side by side, each line once where it
/// is the same in several cells.
///
/// A lane is a thread that works on one cell at a time. A cell whose next line another lane is
/// running for another cell is put aside, and the lane takes the next cell in order that can go on.
/// Since no cell sees anything of another, which lane runs what changes no result.
///
/// Unchecked: the state is read and written under `condition`, and a cell with its session belongs
/// to the lane that took it until it puts it back or hands it over as finished.
final class SweepLanes: @unchecked Sendable {
  /// Makes the session of a cell.
  typealias MakeCell = (_ number: Int, _ isAlone: Bool) -> SweepCellRun

  let laneCount: Int
  private let threads: WorkPool
  private let stop: () -> StopSignal.Reason?
  private let makeCell: MakeCell

  private let condition = NSCondition()
  private var shared: SweepShared
  /// Cells that nobody has begun, in order.
  private var waiting: ArraySlice<Int>
  /// Cells whose next line runs elsewhere, in the order in which they were put aside.
  private var parked: [SweepCellRun] = []
  /// Cells that did not fit in their share of the memory, to be run again by themselves.
  private var large: [Int] = []
  /// Lines that a lane is running.
  private var running: Set<SweepPlan.LineKey> = []
  /// How many lanes work on a cell.
  private var working = 0
  private var finished: [SweepCellRun] = []
  /// What cells ran that were given up: what their lines gave is kept, and shared.
  private var abandoned: [Int: [CallRecord]] = [:]
  private var openLanes = 0

  /// - Parameters:
  ///   - cells: The cells to run, in order.
  ///   - threads: The threads that the lanes share.
  ///   - stop: Why the sweep has to end, if it has to. Where there are several lanes, they call it
  ///     and `makeCell` on threads of their own.
  init(
    _ cells: [Int], laneCount: Int, shared: SweepShared, threads: WorkPool,
    stop: @escaping () -> StopSignal.Reason?, makeCell: @escaping MakeCell
  ) {
    self.laneCount = laneCount
    self.shared = shared
    self.threads = threads
    self.stop = stop
    self.makeCell = makeCell
    waiting = cells[...]
  }

  // MARK: - What the sweep's own thread does

  /// Runs all cells, and hands each over on this thread as it is finished.
  ///
  /// - Parameter whileWaiting: Called now and then on this thread where others work.
  /// - Returns: What lines gave that cells to come may share, and what cells ran that were given up.
  func run(
    finish: (SweepCellRun) -> Void, whileWaiting: () -> Void = {}
  ) -> (shared: SweepShared, abandoned: [CallRecord]) {
    if laneCount == 1 {
      openLanes = 1
      while workOnce(nil) { finished.popLast().map(finish) }
      return (shared, allAbandoned)
    }
    Memory.share(among: laneCount)
    defer { Memory.share(among: 1) }
    openLanes = laneCount
    for _ in 0..<laneCount { startLane() }
    while let cells = finishedCells() {
      cells.forEach(finish)
      whileWaiting()
    }
    return (shared, allAbandoned)
  }

  private var allAbandoned: [CallRecord] {
    for cell in parked { giveUp(cell) }
    return abandoned.sorted { $0.key < $1.key }.flatMap(\.value)
  }

  private func giveUp(_ cell: SweepCellRun) {
    abandoned[cell.number, default: []] += cell.session.sessionRecord.allCalls
  }

  /// Waits for cells to be finished; `nil` when all lanes have ended and nothing is left.
  private func finishedCells() -> [SweepCellRun]? {
    condition.lock()
    defer { condition.unlock() }
    while finished.isEmpty, openLanes > 0 {
      // 20 ms: how often it looks whether somebody asks the program to end.
      _ = condition.wait(until: Date(timeIntervalSinceNow: 0.02))
      if finished.isEmpty, openLanes > 0 { return [] }
    }
    defer { finished = [] }
    return finished.isEmpty ? nil : finished
  }

  // MARK: - Lanes

  private func startLane() {
    let thread = Thread { [self] in
      let lane = Lane()
      while workOnce(lane) {}
      condition.lock()
      openLanes -= 1
      condition.broadcast()
      condition.unlock()
    }
    thread.name = "basin-sweep"
    // As large as the main thread's usual one: expressions nest, and searches keep blocks on it.
    thread.stackSize = 8 << 20
    thread.start()
  }

  /// The pools that a lane has made, by their number of threads.
  private final class Lane {
    private var pools: [Int: WorkPool] = [:]

    func pool(of count: Int) -> WorkPool {
      if let pool = pools[count] { return pool }
      let pool = WorkPool(threadCount: count)
      pools[count] = pool
      return pool
    }
  }

  /// Takes a cell as far as it goes; false when there is none left.
  private func workOnce(_ lane: Lane?) -> Bool {
    guard let cell = takeCell() else { return false }
    while let share = beginLine(of: cell) {
      if let lane {
        cell.session.pool = share == threads.threadCount ? threads : lane.pool(of: share)
      }
      let key = cell.nextKey
      let run = cell.runLine()
      guard endLine(key, run, of: cell) else { break }
    }
    return true
  }

  /// Waits for a cell that can go on.
  private func takeCell() -> SweepCellRun? {
    condition.lock()
    defer { condition.unlock() }
    while stop() == nil {
      if let cell = readyCell() {
        working += 1
        return cell
      }
      if working == 0 {
        guard let number = large.first else { break }
        large.removeFirst()
        working += 1
        Memory.share(among: 1)
        return makeCell(number, true)
      }
      // 100 ms: a budget ends without anybody telling it.
      _ = condition.wait(until: Date(timeIntervalSinceNow: 0.1))
    }
    condition.broadcast()
    return nil
  }

  private func readyCell() -> SweepCellRun? {
    if let place = parked.firstIndex(where: { !isBlocked($0.nextKey, $0.session.draws) }) {
      return parked.remove(at: place)
    }
    // Cells put aside keep what they made; more of them would only fill the memory.
    guard parked.count < 2 * laneCount else { return nil }
    guard
      let place = waiting.prefix(Self.lookAhead).firstIndex(where: { number in
        !isBlocked(shared.plan.key(ofLine: 0, values: shared.plan.values(of: number)), DrawCounts())
      })
    else { return nil }
    return makeCell(waiting.remove(at: place), false)
  }

  /// How many cells it looks at for one that can begin: more than there are lanes on most machines.
  private static let lookAhead = 256

  /// Whether a line has to wait for another lane that may be making just that.
  private func isBlocked(_ key: SweepPlan.LineKey, _ draws: DrawCounts) -> Bool {
    running.contains(key) && shared.run(key, draws) == nil
  }

  /// Repeats what is there, and says with how many threads the line after that is to run; `nil`
  /// where the cell cannot go on now.
  private func beginLine(of cell: SweepCellRun) -> Int? {
    condition.lock()
    defer { condition.unlock() }
    while !cell.isDone {
      let key = cell.nextKey
      if let run = shared.run(key, cell.session.draws) {
        cell.repeatLine(run)
      } else if stop() != nil {
        giveUp(cell)
        return leave(cell)
      } else if running.contains(key) {
        parked.append(cell)
        return leave(cell)
      } else {
        running.insert(key)
        return cell.isAlone ? threads.threadCount : threads.threadCount / max(busyLanes, 1)
      }
    }
    shared.release(cell.values)
    finished.append(cell)
    return leave(cell)
  }

  /// How many lanes have, or will find, something to do beside a line that begins.
  private var busyLanes: Int {
    var count = working
    for cell in parked where count < laneCount {
      if !isBlocked(cell.nextKey, cell.session.draws) { count += 1 }
    }
    for number in waiting.prefix(Self.lookAhead) where count < laneCount {
      let key = shared.plan.key(ofLine: 0, values: shared.plan.values(of: number))
      if !isBlocked(key, DrawCounts()) { count += 1 }
    }
    return min(count, laneCount)
  }

  /// The cell is no longer this lane's.
  private func leave(_ cell: SweepCellRun) -> Int? {
    working -= 1
    if cell.isAlone { Memory.share(among: laneCount) }
    condition.broadcast()
    return nil
  }

  /// Keeps what a line gave; whether the cell goes on.
  private func endLine(
    _ key: SweepPlan.LineKey, _ run: SweepCellRun.LineRun, of cell: SweepCellRun
  ) -> Bool {
    condition.lock()
    defer { condition.unlock() }
    running.remove(key)
    condition.broadcast()
    // A line that was asked to end may hold what is not whole, however it was used: all of it runs
    // again when the sweep goes on.
    if stop() != nil {
      giveUp(cell)
      _ = leave(cell)
      return false
    }
    if run.failure?.failure.code == .outOfMemory, laneCount > 1, !cell.isAlone {
      large.append(cell.number)
      giveUp(cell)
      _ = leave(cell)
      return false
    }
    shared.keep(run, for: key)
    return true
  }
}

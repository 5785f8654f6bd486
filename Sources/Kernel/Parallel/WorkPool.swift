internal import CVector
import Foundation
import Synchronization

/// Persistent threads that run the items of a job, each exactly once.
///
/// Goals, in order: 1 results do not depend on the number of threads (items are numbered, and
/// whoever needs partial results combines them by number); 2 a fork and join well under 20 µs, so
/// that one step of a search can be shared; 3 no cost when idle (threads sleep after a short spin).
///
/// The whole state of a job is one 64-bit ticket: its generation, its item count and the next item.
/// Claiming an item is one compare-and-exchange, and a claimed, unfinished item keeps the caller
/// in `run`, so the job's body outlives every use of it.
public final class WorkPool: Sendable {
  /// How many threads take part, the caller included.
  public let threadCount: Int

  /// The pool everybody shares.
  ///
  /// Its size is set once, before first use, by `configureShared`.
  public static var shared: WorkPool { sharedPool.withLock { $0 } }

  private static let sharedPool = Mutex(WorkPool(threadCount: 1))

  /// Sets the size of the shared pool.
  ///
  /// Work under way in the old pool ends there.
  public static func configureShared(threadCount: Int) {
    sharedPool.withLock { pool in
      if pool.threadCount != threadCount { pool = WorkPool(threadCount: threadCount) }
    }
  }

  private let state: PoolState

  public init(threadCount: Int) {
    precondition(threadCount >= 1, "a pool of \(threadCount) threads")
    self.threadCount = threadCount
    state = PoolState()
    for _ in 1..<max(threadCount, 1) { startWorker(state) }
  }

  deinit { state.close() }

  /// Runs `body(0)`, …, `body(count - 1)`, each once, and returns when all are done.
  ///
  /// Called from inside a body, or while another thread's job runs, it works through the items by
  /// itself: nesting is allowed and never deadlocks.
  public func run(count: Int, _ body: @Sendable (Int) -> Void) {
    guard count > 0 else { return }
    guard threadCount > 1, count > 1, count <= Ticket.largestCount, state.tryEnter() else {
      for item in 0..<count { body(item) }
      return
    }
    withoutActuallyEscaping(body) { state.run(count: count, $0) }
    state.leave()
  }

  /// The results of `body` for every item, in the order of the items.
  public func map<Result: Sendable>(
    count: Int, _ body: @Sendable (Int) -> Result
  ) -> [Result] {
    let slots = Mutex([Result?](repeating: nil, count: count))
    run(count: count) { item in
      let result = body(item)
      slots.withLock { $0[item] = result }
    }
    return slots.withLock { $0.compactMap { $0 } }
  }

  /// The results of `body` for every item, or the failure of the first item that failed.
  public func tryMap<Result: Sendable>(
    count: Int, _ body: @Sendable (Int) throws(Failure) -> Result
  ) throws(Failure) -> [Result] {
    let results = map(count: count) { item -> Swift.Result<Result, Failure> in
      do throws(Failure) { return .success(try body(item)) } catch { return .failure(error) }
    }
    var values: [Result] = []
    values.reserveCapacity(count)
    for result in results { values.append(try result.get()) }
    return values
  }
}

/// generation (24 bits) | count (20 bits) | next (20 bits).
private struct Ticket {
  static let largestCount = (1 << 20) - 1
  var bits: UInt64

  init(bits: UInt64) { self.bits = bits }

  init(generation: UInt64, count: Int) {
    bits = (generation & 0xFF_FFFF) << 40 | UInt64(count) << 20
  }

  var count: Int { Int(bits >> 20 & 0xF_FFFF) }
  var next: Int { Int(bits & 0xF_FFFF) }
  var hasWork: Bool { next < count }
  var claimed: Ticket { Ticket(bits: bits &+ 1) }
}

private final class PoolState: @unchecked Sendable {
  private let ticket = Atomic<UInt64>(0)
  private let finished = Atomic<Int>(0)
  private let sleepers = Atomic<Int>(0)
  private let closed = Atomic<Bool>(false)
  private let entered = Atomic<Bool>(false)
  private let condition = NSCondition()
  /// Written by the caller before the ticket is published, read after an item was claimed.
  private var body: (@Sendable (Int) -> Void)?
  private var generation: UInt64 = 0

  func tryEnter() -> Bool {
    entered.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged
  }

  func leave() { entered.store(false, ordering: .releasing) }

  func run(count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    self.body = body
    finished.store(0, ordering: .relaxed)
    generation &+= 1
    ticket.store(
      Ticket(generation: generation, count: count).bits, ordering: .sequentiallyConsistent)
    if sleepers.load(ordering: .sequentiallyConsistent) > 0 {
      condition.lock()
      condition.broadcast()
      condition.unlock()
    }
    while workOnce() {}
    var spins = 0
    while finished.load(ordering: .acquiring) < count {
      spins += 1
      // 2 000 turns are about 20 µs; after that the other thread has lost its core.
      if spins > 2_000 { sched_yield() } else { basin_spin_pause() }
    }
    self.body = nil
  }

  /// Claims and runs one item; false when there is none.
  func workOnce() -> Bool {
    var seen = Ticket(bits: ticket.load(ordering: .acquiring))
    while seen.hasWork {
      let (exchanged, original) = ticket.compareExchange(
        expected: seen.bits, desired: seen.claimed.bits, ordering: .acquiringAndReleasing)
      if exchanged {
        body?(seen.next)
        finished.add(1, ordering: .releasing)
        return true
      }
      seen = Ticket(bits: original)
    }
    return false
  }

  func workUntilClosed() {
    var idle = 0
    while !closed.load(ordering: .relaxed) {
      if workOnce() {
        idle = 0
        continue
      }
      idle += 1
      // About 100 µs of spinning: the gap between two steps of a search is shorter.
      if idle < 10_000 { basin_spin_pause() } else { sleep(); idle = 0 }
    }
  }

  private func sleep() {
    condition.lock()
    sleepers.add(1, ordering: .sequentiallyConsistent)
    while !Ticket(bits: ticket.load(ordering: .sequentiallyConsistent)).hasWork
      && !closed.load(ordering: .relaxed)
    {
      condition.wait()
    }
    sleepers.subtract(1, ordering: .relaxed)
    condition.unlock()
  }

  func close() {
    condition.lock()
    closed.store(true, ordering: .relaxed)
    condition.broadcast()
    condition.unlock()
  }
}

private func startWorker(_ state: PoolState) {
  let thread = Thread { state.workUntilClosed() }
  thread.name = "basin-worker"
  // The main thread's usual size: annealing keeps a few blocks on the stack.
  thread.stackSize = 8 << 20
  thread.start()
}

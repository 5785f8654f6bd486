import Synchronization
import Testing

@testable import Kernel

@Suite struct WorkPoolTests {
  @Test(arguments: [1, 2, 3, 8], [0, 1, 2, 7, 1_000])
  func runsEveryItemOnce(threads: Int, count: Int) {
    let pool = WorkPool(threadCount: threads)
    #expect(pool.map(count: count) { $0 * $0 } == (0..<count).map { $0 * $0 })
  }

  @Test func manyShortJobsLoseNothing() {
    let pool = WorkPool(threadCount: 3)
    let total = Atomic<Int>(0)
    for _ in 0..<20_000 {
      pool.run(count: 3) { total.add($0 + 1, ordering: .relaxed) }
    }
    #expect(total.load(ordering: .relaxed) == 120_000)
  }

  @Test func jobsInsideJobsEnd() {
    let pool = WorkPool(threadCount: 2)
    let sums = pool.map(count: 4) { outer in
      pool.map(count: 5) { inner in outer * inner }.reduce(0, +)
    }
    #expect(sums == [0, 10, 20, 30])
  }

  @Test func theFirstFailureInOrderIsThrown() {
    let pool = WorkPool(threadCount: 2)
    let failure = #expect(throws: Failure.self) {
      try pool.tryMap(count: 10) { item throws(Failure) -> Int in
        if item % 3 == 2 { throw Failure(.badData, "item \(item)") }
        return item
      }
    }
    #expect(failure?.message == "item 2")
  }

  @Test func aDeadlineRaisesTheSignal() async throws {
    let signal = StopSignal(budget: .milliseconds(20))
    #expect(!signal.isRaised)
    try await Task.sleep(for: .milliseconds(40))
    #expect(signal.reason == .budget)
    let asked = StopSignal()
    asked.raise()
    #expect(asked.reason == .asked)
  }
}

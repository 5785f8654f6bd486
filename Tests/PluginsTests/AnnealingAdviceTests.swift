import Testing

@testable import Plugins

@Suite struct AnnealingAdviceTests {
  // Half a second a move on a deep network: seven hours began without a word.
  @Test func aSearchOfManyHoursIsToldAtItsStart() {
    func advice(_ seconds: Double, moves: Int, left: Int, samples: Int = 60_000) -> String? {
      AnnealingChain.advice(seconds: seconds, moves: moves, left: left, samples: samples)
    }
    #expect(
      advice(16, moves: 32, left: 50_000)
        == "at this speed the search takes 6.9 hours; `samples=8000` scores moves on fewer")
    #expect(advice(16, moves: 32, left: 10_000_000)?.contains("`samples=100`") == true)
    #expect(advice(16, moves: 32, left: 7200) == nil)
    #expect(advice(16, moves: 32, left: 50_000, samples: 80) == nil)
  }
}

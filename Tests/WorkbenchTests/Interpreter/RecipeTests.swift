import Kernel
import Testing

@testable import Workbench

@Suite struct RecipeTests {
  @Test func renamingAndAddedLinesShiftNothing() {
    let plain = Trial("a = toss of=[1, 2]\nb = toss below=500 of=a")
    let other = Trial(
      """
      unrelated = toss below=77
      ## a comment
      first = toss of=[1, 2]
      half = 500
      second = toss below=half of=first
      """)
    #expect(plain.recipe("a") == other.recipe("first"))
    #expect(plain.brief("a") == other.brief("first"))
    #expect(plain.recipe("b") == other.recipe("second"))
    #expect(plain.brief("b") == other.brief("second"))
  }

  @Test func theSecondIdenticalCallDrawsOtherNumbers() {
    let trial = Trial("a = toss below=1M\nb = toss below=1M\nc = toss below=1M seed=1")
    #expect(trial.brief("a") != trial.brief("b"))
    #expect(trial.recipe("a") != trial.recipe("b"))
    let again = Trial("a = toss below=1M\nx = toss\nb = toss below=1M")
    #expect(trial.brief("b") == again.brief("b"))
  }

  @Test func aSeedOnACommandFixesThatStreamAlone() {
    let trial = Trial("a = toss below=1M seed=7\nb = toss below=1M seed=7\nc = toss below=1M")
    #expect(trial.brief("a") == trial.brief("b"))
    let other = Trial("set seed=3\na = toss below=1M seed=7\nc = toss below=1M")
    #expect(other.brief("a") == trial.brief("a"))
    #expect(other.brief("c") != trial.brief("c"))
  }

  @Test func defaultsAndWritingDoNotMatter() {
    let recipes = [
      "x = toss", "x = toss 1", "x = toss count=1", "x = toss 1 below=1k", "x = (toss)",
      "n = 1; x = toss n below=1000", "x = toss below=1e3",
    ].map { Trial($0).recipe("x") }
    #expect(Set(recipes).count == 2, "`toss` leaves a positional default out")
    #expect(recipes[1] == recipes[2])
    #expect(recipes[1] == recipes[3])
    #expect(recipes[0] == recipes[6])
  }

  @Test func networksHaveOneRecipeUnderOneNameOrSeveral() {
    let apart = Trial("a, b = nets count=2")
    let together = Trial("all = nets count=2\nb = all[2]")
    #expect(apart.recipe("b") == together.recipe("b"))
    #expect(apart.recipe("a") != apart.recipe("b"))
  }

  @Test func aConfiguredMethodIsTheSameAsItsArguments() {
    let head = "a, b = nets count=2\ntrain, test = blobs\n"
    let direct = Trial(head + "r = search still a b steps=7 data=train")
    let configured = Trial(head + "m = method still steps=7 data=train\nr = search m a b")
    #expect(configured.host.complaints == [])
    #expect(direct.recipe("r") == configured.recipe("r"))
    let plain = Trial(head + "r = search still a b data=train")
    #expect(plain.recipe("r") != direct.recipe("r"))
    let spelled = Trial(head + "r = search still a b heat=auto steps=100 data=train")
    #expect(plain.recipe("r") == spelled.recipe("r"))
  }

  @Test func computedValuesAreNamedByTheirMakingAndNotByTheirBits() {
    let typed = Trial("x = toss below=50k")
    let computed = Trial("x = toss below=(25k * 2)")
    #expect(typed.recipe("x") != computed.recipe("x"))
  }

  @Test func streamsDoNotDependOnHowWordsAreQuoted() {
    #expect(
      Trial("x = probe choice=red").recipe("x") == Trial("x = probe choice=\"red\"").recipe("x"))
  }

  @Test func aFailedCallTakesNoTurn() {
    let trial = Trial("expect fails { a = toss below=0 }\nb = toss below=1M")
    #expect(trial.brief("b") == Trial("b = toss below=1M").brief("b"))
  }

  @Test func explainWritesAScriptThatMakesTheValueAgain() throws {
    let script = """
      train, test = blobs
      a, b = nets count=2 width=4
      unrelated = toss
      c, d = nets count=2 width=4
      m = method turn
      p = search m c b data=train
      q = p.networks[2]
      """
    let first = Trial(script + "\nexplain q as=script")
    #expect(first.host.complaints == [])
    let written = try #require(first.host.lines.last)
    #expect(!written.contains("toss"))
    let again = Trial("again = 1\n" + written)
    #expect(again.host.complaints == [], "\(written)")
    let last = try #require(again.host.lines.last)
    #expect(!last.isEmpty)
    let value = try #require(first.session.value(named: "p"))
    let remade = try #require(again.session.value(named: "p"), "\(written)")
    #expect(value.contentHash == remade.contentHash)
    #expect(value.provenance.recipe == remade.provenance.recipe)
  }

  @Test func explainShowsEverything() throws {
    let trial = Trial("set seed=5\na, b = nets count=2\nr = search still a b steps=9\nexplain r")
    let text = try #require(trial.host.lines.last)
    #expect(text.contains("r = search still a b steps=9"))
    #expect(text.contains("method still 1"))
    #expect(text.contains("a, b = nets count=2"))
    #expect(text.contains("seed 5"))
    #expect(text.contains("defaults: width=3"))
  }
}

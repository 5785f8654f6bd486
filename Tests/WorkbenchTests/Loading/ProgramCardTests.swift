import Contract
import Foundation
import Kernel
import TestSupport
import Testing

@testable import Workbench

@Suite struct ProgramCardTests {
  private func card(_ text: String) throws(Failure) -> ProgramCard {
    let json = try JSON.read(Array(text.utf8), source: "a card")
    return try ProgramCard(ProgramFields(json, "`x`: the message `card`"), name: "x")
  }

  private func method(_ fields: String) throws(Failure) -> MethodCard? {
    try card(
      #"""
      {"type": "card", "protocol": 1, "methods": [
        {"id": "m", "summary": "s", "description": "d"\#(fields)}]}
      """#
    ).methods.first
  }

  private func parameter(_ fields: String) throws(Failure) -> Parameter? {
    try method(#", "parameters": [{"name": "p", "help": "h", \#(fields)}]"#)?.parameters.first
  }

  @Test func aCardHasTheFieldsOfASwiftCard() throws {
    let given = try method(
      #"""
      , "version": "7", "papers": ["A (2020)"], "needs_data": true, "draws_random_numbers": true,
      "networks": [2, 3], "cost_name": "loss", "step_name": "move", "step_words": "moves",
      "scores_each_step": true, "can_resume": true, "recovers_permutations": true,
      "takes_start": true, "start_words": ["fresh"], "most_inputs": 10, "most_hidden_layers": 2,
      "is_exhaustive": true
      """#)
    #expect(
      given
        == MethodCard(
          id: "m", summary: "s", description: "d", version: "7", papers: ["A (2020)"],
          needsData: true, drawsRandomNumbers: true, networkCount: 2...3, costName: "loss",
          stepName: "move", stepWords: "moves", scoresEachStep: true, canResume: true,
          recoversPermutations: true, takesStart: true, startWords: ["fresh"], mostInputs: 10,
          mostHiddenLayers: 2, isExhaustive: true))
    #expect(
      try method("")
        == MethodCard(
          id: "m", summary: "s", description: "d", needsData: false, drawsRandomNumbers: false))
    #expect(try method(#", "networks": [3, null]"#)?.networkCount == 3...Int.max)
  }

  @Test func parametersOfEveryKindAreRead() throws {
    let largest = Double.greatestFiniteMagnitude
    let cases: [(String, ParameterKind, String?)] = [
      (#""kind": "int", "range": [1, 9], "default": 3"#, .integer(1...9), "3"),
      (#""kind": "int", "range": [1, null], "default": "50k""#, .integer(1...Int.max), "50k"),
      (#""kind": "real", "default": 0.5"#, .real(-largest...largest), "0.5"),
      (#""kind": "real", "range": [0, 1]"#, .real(0...1), nil),
      (#""kind": "yes_no", "default": true"#, .yesNo, "yes"),
      (#""kind": "word", "choices": ["a", "b"], "default": "a""#, .word(["a", "b"]), "a"),
      (#""kind": "text""#, .text, nil), (#""kind": "path""#, .path, nil),
      (#""kind": "interval", "range": [0, 1], "default": [0.25, 1]"#, .interval(0...1), "0.25..1"),
      (#""kind": "duration", "default": "5s""#, .duration, "5s"),
    ]
    for (fields, kind, defaultText) in cases {
      #expect(try parameter(fields) == Parameter("p", kind, default: defaultText, help: "h"))
    }
    #expect(
      try parameter(
        #""kind": "int", "words": ["auto"], "optional": true, "unit": "runs", "changes_result": false"#
      )
        == Parameter(
          "p", .integer(Int.min...Int.max), words: ["auto"], isOptional: true, unit: "runs",
          changesResult: false, help: "h"))
  }

  @Test(
    arguments: [
      (#", "sumary": 1"#, "has no field `sumary`; did you mean `summary`?"),
      (#", "networks": [3, 2]"#, "has a `networks` that is not the fewest and the most"),
      (#", "networks": [0, 2]"#, "has a `networks` that is not the fewest and the most"),
      (#", "needs_data": "yes""#, "has a `needs_data` that is neither true nor false"),
      (#", "papers": [1]"#, "has a `papers` that is no list of texts"),
      (#", "parameters": [{"name": "p", "kind": "int"}]"#, ", a parameter `p` has no `help`"),
      (
        #", "parameters": [{"name": "p", "kind": "whole", "help": "h"}]"#,
        "has the kind `whole`; there are int, real"
      ),
      (
        #", "parameters": [{"name": "p", "kind": "int", "help": "h", "range": [2, 1]}]"#,
        "has a `range` that is not the least and the most"
      ),
      (
        #", "parameters": [{"name": "p", "kind": "text", "help": "h", "range": [1, 2]}]"#,
        "has a `range`, which a parameter of the kind `text` does not"
      ),
    ])
  func mistakesInACardAreNamed(fields: String, sentence: String) {
    do throws(Failure) {
      _ = try method(fields)
      Issue.record("nothing was said of \(fields)")
    } catch {
      #expect(error.code == .pluginMisbehaved)
      #expect(error.message.contains(sentence), "\(error.message)")
    }
  }

  @Test func metricsReadersAndPatienceAreRead() throws {
    let card = try card(
      #"""
      {"type": "card", "protocol": 1, "patience": 1200,
       "metrics": [{"id": "a", "summary": "s", "description": "d", "is_share": true,
                    "is_lower_better": false}],
       "readers": [{"id": "b", "summary": "s", "description": "d", "endings": [".csv"]}]}
      """#)
    #expect(card.patience == .seconds(1200))
    #expect(
      card.metrics == [
        MetricCard(id: "a", summary: "s", description: "d", isShare: true, isLowerBetter: false)
      ])
    #expect(
      card.readers == [
        DataReaderCard(id: "b", summary: "s", description: "d", endings: [".csv"])
      ])
  }
}

/// What a method says of itself: name, version, sources, parameters and what it needs.
public struct MethodCard: Hashable, Sendable {
  /// The word in `search ID`, in lower case with `_`.
  public var id: String
  /// One line: what the method does, without a full stop.
  public var summary: String
  /// A few sentences for the help page.
  public var description: String
  /// Changes whenever the same seed would give other numbers.
  public var version: String
  /// The papers to cite, one line each.
  public var papers: [String]
  /// The method's own parameters.
  ///
  /// `data`, `seed` and `budget` are every search's and stand apart.
  public var parameters: [Parameter]
  /// Whether the method cannot run without a data set.
  public var needsData: Bool
  /// Whether the method takes and uses random numbers.
  public var drawsRandomNumbers: Bool
  /// How many networks it takes.
  public var networkCount: ClosedRange<Int>
  /// What its cost is, such as `train error of the average`; empty where it has none.
  public var costName: String
  /// What the method finishes before it stops, such as `move`: said at Ctrl-C.
  public var stepName: String
  /// What the steps of its trace are, as more than one: `moves`; pictures say it at their axis.
  public var stepWords: String
  /// Whether each of these steps scores the cost once, in every one of its chains.
  public var scoresEachStep: Bool
  /// Whether a stopped search can go on from a checkpoint.
  public var canResume: Bool
  /// Whether the method promises to find a network's own random permutation, as matching does; the
  /// conformance suite holds it to that.
  public var recoversPermutations: Bool
  /// Whether the search itself begins at the task's `start`.
  ///
  /// A method that has no state to begin with is
  /// given networks in that order instead, so that `start=` means the same with every method.
  public var takesStart: Bool
  /// Words that `start=` takes beside those of every search, such as `fresh`; the task says which
  /// was given, and the description what they mean.
  public var startWords: [String]
  /// How many numbers a sample may have, for a method that is for small inputs.
  public var mostInputs: Int?
  /// How many hidden layers a network may have, for a method that is for few.
  public var mostHiddenLayers: Int?
  /// Whether it tries everything, so that it is only for networks of few units; the conformance
  /// suite then takes smaller ones.
  public var isExhaustive: Bool

  public init(
    id: String, summary: String, description: String, version: String = "1", papers: [String] = [],
    parameters: [Parameter] = [], needsData: Bool, drawsRandomNumbers: Bool,
    networkCount: ClosedRange<Int> = 2...Int.max, costName: String = "",
    stepName: String = "step", stepWords: String? = nil, scoresEachStep: Bool = false,
    canResume: Bool = false, recoversPermutations: Bool = false,
    takesStart: Bool = false, startWords: [String] = [], mostInputs: Int? = nil,
    mostHiddenLayers: Int? = nil,
    isExhaustive: Bool = false
  ) {
    self.id = id
    self.summary = summary
    self.description = description
    self.version = version
    self.papers = papers
    self.parameters = parameters
    self.needsData = needsData
    self.drawsRandomNumbers = drawsRandomNumbers
    self.networkCount = networkCount
    self.costName = costName
    self.stepName = stepName
    self.stepWords = stepWords ?? stepName + "s"
    self.scoresEachStep = scoresEachStep
    self.canResume = canResume
    self.recoversPermutations = recoversPermutations
    self.takesStart = takesStart
    self.startWords = startWords
    self.mostInputs = mostInputs
    self.mostHiddenLayers = mostHiddenLayers
    self.isExhaustive = isExhaustive
  }
}

// Groups of lines: what is typed, then every error as it is shown.

extension LanguageCases {
  /// Something stands where something else was expected.
  static let unexpected = #"""
    > x = )
    error[E0103]: expected a value, got `)`
      | x = )
      |     ^

    > x = [1
    >   2]
    error[E0103]: expected `,` or `]`, got `2`
      |   2]
      |   ^

    > x = (1, 2)
    error[E0103]: expected an operator or `)`, got `,`
      | x = (1, 2)
      |       ^ a list stands in brackets: `[a, b]`

    > { x }
    error[E0103]: a block stands here on its own
      | { x }
      | ^ a block follows `for`, `expect fails` or `sweep`

    > barrier(a, b)
    error[E0103]: expected a blank before `(`
      | barrier(a, b)
      |        ^ arguments follow a command without commas: `barrier a b data=test`

    > eval(a)
    error[E0103]: expected a blank before `(`
      | eval(a)
      |     ^ arguments follow a command without commas: `barrier a b data=test`

    > search my-net b
    error[E0103]: expected a blank before `-`
      | search my-net b
      |          ^ names hold `_`, never `-`; arithmetic stands in parentheses

    > barrier a, b
    error[E0103]: expected the next argument, got `,`
      | barrier a, b
      |          ^ arguments stand apart by blanks alone

    > barrier a b points = 5
    error[E0103]: no blanks around the `=` of an argument
      | barrier a b points = 5
      |                    ^ write `points=` and the value without a blank

    > barrier a b points= 5
    error[E0103]: expected a value right after `points=`
      | barrier a b points= 5
      |             ^^^^^^^ no blanks around the `=` of an argument

    > barrier a b points=
    error[E0103]: expected a value right after `points=`
      | barrier a b points=
      |             ^^^^^^^ no blanks around the `=` of an argument

    > barrier a b points=5 + 1
    error[E0103]: expected the next argument, got `+`
      | barrier a b points=5 + 1
      |                      ^ a call or an argument with an operator stands in parentheses

    > x = barrier a b < 3
    error[E0103]: expected the next argument, got `<`
      | x = barrier a b < 3
      |                 ^ a call or an argument with an operator stands in parentheses

    > expect barrier a b data=test < 2%
    error[E0103]: expected an operator or the end of the statement, got `a`
      | expect barrier a b data=test < 2%
      |                ^ a call inside an expression stands in parentheses

    > expect (barrier a b data=test)error < 2%
    error[E0103]: expected an operator or the end of the statement, got `error`
      | expect (barrier a b data=test)error < 2%
      |                               ^^^^^

    > x = a/b
    error[E0103]: division needs blanks around `/`
      | x = a/b
      |      ^ a path stands in quotes here

    > eval nets/a.h5
    error[E0103]: expected the next argument, got `/`
      | eval nets/a.h5
      |          ^ a path stands in quotes here, a division in parentheses

    > 1 < x < 2
    error[E0103]: `<` cannot follow `<`
      | 1 < x < 2
      |       ^ comparisons do not chain: join them with `and`

    > 1 + not x
    error[E0103]: `not` stands in parentheses here
      | 1 + not x
      |     ^^^ as in `a == (not b)`

    > x = .5
    error[E0103]: a number begins with a digit
      | x = .5
      |     ^ as in `0.5`

    > x = 1 .. 3
    error[E0103]: expected the end of the statement, got `..`
      | x = 1 .. 3
      |       ^^ no blanks around the `..` of a range

    > x = 1..2..3
    error[E0103]: a range has two ends
      | x = 1..2..3
      |         ^^ as in `1..10`

    > x = "a {b" + 1
    error[E0103]: expected an operator or `}`, got a string
      | x = "a {b" + 1
      |          ^ write `\{` for the character itself

    > x = "a {} b"
    error[E0103]: expected a value, got `}`
      | x = "a {} b"
      |         ^

    > y = _x + 1
    error[E0103]: `_x` is no value
      | y = _x + 1
      |     ^^ names begin with a letter; `_7` stands for the seventh result

    > for x in [1, 2]
    error[E0103]: expected `{`, got the end of the text
      | for x in [1, 2]
      |                ^

    > param x 3
    error[E0103]: expected `=` and a default, got `3`
      | param x 3
      |         ^

    > param x = 3 in
    error[E0103]: expected a value, got the end of the text
      | param x = 3 in
      |               ^

    > expect
    error[E0103]: expected a value, got the end of the text
      | expect
      |       ^

    > expect x <
    error[E0103]: expected a value, got the end of the text
      | expect x <
      |           ^

    > expect fails 0401 { x = 1 }
    error[E0103]: expected a code or `{`, got `0401`
      | expect fails 0401 { x = 1 }
      |              ^^^^ a code looks like E0401

    > expect fails E04 { x = 1 }
    error[E0103]: expected a code or `{`, got `E04`
      | expect fails E04 { x = 1 }
      |              ^^^ a code looks like E0401

    > expect fails E0401
    error[E0103]: expected `{`, got the end of the text
      | expect fails E0401
      |                   ^

    > |> plot
    error[E0103]: `|>` needs a value on its left
      | |> plot
      | ^^ `_ |> plot` takes the last result

    > x |> 3
    error[E0103]: expected a command after `|>`, got `3`
      | x |> 3
      |      ^

    > x |>
    error[E0103]: expected a command after `|>`, got the end of the text
      | x |>
      |     ^

    > x |> y.z
    error[E0103]: expected a blank before the next argument, got `.`
      | x |> y.z
      |       ^

    > load "a" "b"extra
    error[E0103]: expected a blank before the next argument, got `extra`
      | load "a" "b"extra
      |             ^^^^^

    > a b = 3
    error[E0103]: no blanks around the `=` of an argument
      | a b = 3
      |     ^ commas stand between names: `a, b = split t`

    > 3 = x
    error[E0103]: expected the end of the statement, got `=`
      | 3 = x
      |   ^ only a name can stand before `=`

    > x = 3 y = 4
    error[E0103]: expected an operator or the end of the statement, got `y`
      | x = 3 y = 4
      |       ^

    > x.
    error[E0103]: expected the name of a part right after `.`, got the end of the text
      | x.
      |   ^

    > x .y
    error[E0103]: expected a value, got `.`
      | x .y
      |   ^

    > x[]
    error[E0103]: expected a value, got `]`
      | x[]
      |   ^

    > x[1 2]
    error[E0103]: expected `]`, got `2`
      | x[1 2]
      |     ^

    > max [1 2]
    error[E0103]: expected `,` or `]`, got `2`
      | max [1 2]
      |        ^

    > save a "x
    > y = 3
    > z = "label" + 3
    error[E0103]: expected a blank before the next argument, got `label`
      | z = "label" + 3
      |      ^^^^^ a string runs from line 1 to this line: is a quote missing?

    > load [a.h5 b.h5]
    error[E0103]: expected `,` or `]`, got `b`
      | load [a.h5 b.h5]
      |            ^

    > t = sweep width [32, 128], m in methods { row x=1 }
    error[E0103]: expected the next argument, got `,`
      | t = sweep width [32, 128], m in methods { row x=1 }
      |                          ^ arguments stand apart by blanks alone

    > t = sweep width in [32], 3 { row x=1 }
    error[E0103]: expected a name, got `3`
      | t = sweep width in [32], 3 { row x=1 }
      |                          ^

    > a = 1 }
    error[E0103]: `}` closes nothing
      | a = 1 }
      |       ^

    > =
    error[E0103]: expected a value, got `=`
      | =
      | ^

    > x = not
    error[E0103]: expected a value, got the end of the text
      | x = not
      |        ^

    > f "a" {
    >   x = )
    > }
    error[E0103]: expected a value, got `)`
      |   x = )
      |       ^

    > where t barrier < 1%
    error[E0103]: expected the next argument, got `<`
      | where t barrier < 1%
      |                 ^ a call or an argument with an operator stands in parentheses

    > x = a {b}
    x = a { b }

    > load (a.b c), x = )
    error[E0103]: expected an operator or `)`, got `c`
      | load (a.b c), x = )
      |           ^

    > a,
    error[E0103]: expected the end of the statement, got `,`
      | a,
      |  ^ several values are bound like `a, b = split t`
    """#
}

//! The closed set of what a sentence can be told, each kind with a code that stays.

/// Writes the enum, its ids and the list of all, so that none of the three can lag behind.
macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $id:literal,)+) => {
        /// One kind of mistake or note. Its meaning, examples and remedy stand in `docs/errors.md` under its id.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Code {
            /// Every code, in the order of their ids.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// Its id such as `Q0201`: the same in every version.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self {
                    $(Self::$name => $id,)+
                }
            }
        }
    };
}

codes! {
    /// A condition must stand here.
    ExpectedCondition = "Q0101",
    /// A field must stand here.
    ExpectedField = "Q0102",
    /// An operator must follow a field or total.
    ExpectedOperator = "Q0103",
    /// A sign or word of another language.
    UnknownOperator = "Q0104",
    /// Something other than `empty` after `is`.
    AfterIs = "Q0105",
    /// A single value must stand here.
    ExpectedValue = "Q0106",
    /// A value of several words or with signs in it.
    ExpectedQuotes = "Q0107",
    /// A text in quotes must stand here.
    ExpectedText = "Q0108",
    /// A name must stand here.
    ExpectedName = "Q0109",
    /// A reserved word as field or value.
    ReservedWord = "Q0110",
    /// Conditions, or the ends of `between`, that nothing joins.
    ExpectedJoiner = "Q0111",
    /// `not` before a sign.
    MisplacedNot = "Q0112",
    /// A list in brackets must stand here.
    ExpectedList = "Q0113",
    /// A list without values.
    EmptyList = "Q0114",
    /// A comma is missing in a list.
    ExpectedComma = "Q0115",
    /// A number must stand here.
    ExpectedNumber = "Q0116",
    /// A text or name without its second quote.
    UnclosedQuote = "Q0117",
    /// A bracket that isn't closed.
    UnclosedBracket = "Q0118",
    /// A closing bracket without its opening one.
    StrayBracket = "Q0119",
    /// The brackets of a total or of a calendar unit hold too much.
    ExpectedBracket = "Q0120",
    /// `;` inside a sentence.
    StraySemicolon = "Q0121",
    /// A comment that touches a word.
    TouchingComment = "Q0122",
    /// A backslash before a character that needs none.
    BadEscape = "Q0123",
    /// A function that there isn't.
    UnknownFunction = "Q0124",
    /// A word that doesn't stand here and can go.
    NeedlessWord = "Q0125",
    /// A unit of time is missing or unknown.
    ExpectedUnit = "Q0126",
    /// A stretch of time must stand here.
    ExpectedWindow = "Q0127",

    /// A field or property that there isn't.
    UnknownField = "Q0201",
    /// A status, stage or push state that there isn't.
    UnknownName = "Q0202",
    /// A choice that is neither declared nor held.
    UnknownChoice = "Q0203",
    /// `from` something else than visitors.
    UnknownUniverse = "Q0204",
    /// What only contacts have, asked of visitors.
    ContactsOnly = "Q0205",
    /// A condition that no record or visitor has.
    NotInWhere = "Q0206",

    /// An operator that doesn't fit the field's type.
    OperatorType = "Q0301",
    /// A value that doesn't fit the field's type.
    ValueType = "Q0302",
    /// Two fields that can't be compared.
    FieldTypes = "Q0303",
    /// A total compared with a field.
    TotalAgainstField = "Q0304",
    /// `cased` where case never matters.
    CasedName = "Q0305",
    /// `lost` put in the order of stages.
    FunnelOrder = "Q0306",
    /// A number that no number type can hold.
    NumberTooLarge = "Q0307",
    /// A whole number is needed.
    WholeNumber = "Q0308",
    /// A regex or pattern that can't be used.
    BadPattern = "Q0309",

    /// A day or time that no calendar has.
    NoSuchDate = "Q0401",
    /// A time beyond the calendar.
    OutOfCalendar = "Q0402",
    /// Hours asked of a field of days.
    HoursOfADay = "Q0403",

    /// The parts of a question about records in another order, or twice.
    RecordOrder = "Q0501",
    /// `times` is missing after a count.
    ExpectedTimes = "Q0502",
    /// A count, window or `not` inside a sequence.
    InSequence = "Q0503",
    /// `within` without `then`.
    WithinWithoutThen = "Q0504",
    /// A property of the record must stand here, or none may.
    ExpectedProperty = "Q0505",
    /// A total of a property of another type.
    PropertyType = "Q0506",

    /// A step without its `|`.
    ExpectedPipe = "Q0601",
    /// A step that there isn't.
    UnknownStep = "Q0602",
    /// More words than a step takes.
    ExpectedStepEnd = "Q0603",
    /// `by` is missing.
    ExpectedBy = "Q0604",
    /// Steps, or parts of one, in another order or twice.
    StepOrder = "Q0605",
    /// A second answering step.
    TwoAnswers = "Q0606",
    /// A step on a field of another type.
    StepType = "Q0607",
    /// A step that visitors, or contacts, don't have.
    StepUniverse = "Q0608",
    /// A share that isn't between 0 and 100 %.
    SampleShare = "Q0609",
    /// A part of the people can't be saved as a segment.
    SaveSubset = "Q0610",
    /// A segment without a name.
    SaveName = "Q0611",

    /// A saved segment that there isn't.
    UnknownSegment = "Q0701",
    /// Two segments of one name.
    TwoSegments = "Q0702",
    /// Segments that rest on each other in a ring.
    SegmentCycle = "Q0703",
    /// A segment whose definition is wrong.
    BrokenSegment = "Q0704",
    /// A segment of visitors asked of contacts, or the reverse.
    SegmentUniverse = "Q0705",
    /// A definition that can't be read.
    BadDefinition = "Q0706",
    /// A list file that can't be read, or on another field than the e-mail.
    ListFile = "Q0707",

    /// The text is too long.
    TextTooLong = "Q0801",
    /// Brackets and `not` nest too deep.
    TooDeep = "Q0802",
    /// Too many conditions.
    TooManyConditions = "Q0803",
    /// Too many values in lists.
    TooManyValues = "Q0804",
    /// Segments nest too deep.
    SegmentsTooDeep = "Q0805",
    /// Too many fields or bins in a step.
    StepTooLarge = "Q0806",

    /// Note: `and` and `or` without brackets.
    MixedAndOr = "Q0901",
    /// Note: a value that occurs nowhere.
    AbsentValue = "Q0902",
    /// Note: a kind of record that the book never has.
    UnknownKind = "Q0903",
    /// Note: a choice that the book holds undeclared.
    UndeclaredChoice = "Q0904",
    /// Note: the ends of `between` are swapped.
    SwappedBetween = "Q0905",
    /// Note: `in last day` and `in last 1 day` differ.
    LastDay = "Q0906",
    /// Note: some record outside a window is not none inside it.
    SomeOutside = "Q0907",
    /// Note: a move from a stage to itself.
    NoMove = "Q0908",
    /// Note: both a list and a kind have this name.
    ListOrKind = "Q0909",
    /// Note: a relative path in what is saved.
    SavedPath = "Q0910",
    /// Note: values that lie in no bin.
    HistogramLeftOut = "Q0911",
    /// Note: `count(…)` of a field that is no list.
    NoList = "Q0912",

    /// A rule tree that isn't JSON.
    NotJson = "Q1001",
    /// A group of rules, or a rule, must stand here.
    ExpectedRule = "Q1002",
    /// A combinator other than `and` and `or`.
    UnknownCombinator = "Q1003",
    /// A rule's field must stand here.
    RuleField = "Q1004",
    /// A rule's operator is missing or unknown.
    RuleOperator = "Q1005",
    /// A rule's value isn't as its operator takes it.
    RuleValue = "Q1006",
    /// A key of a rule or group that nothing is known of.
    UnknownKey = "Q1007",
    /// What a rule tree has no place for.
    NoRuleTree = "Q1008",

    /// Warning: a filter that nobody can match.
    AlwaysEmpty = "Q1101",
    /// Warning: a filter that everyone matches.
    AlwaysEveryone = "Q1102",
    /// Warning: a condition that holds of nobody.
    NeverHolds = "Q1103",
    /// Warning: a condition that holds of everyone.
    AlwaysHolds = "Q1104",
    /// Warning: a condition that the others imply.
    Implied = "Q1105",
    /// Warning: a condition whose people the others have already.
    AddsNobody = "Q1106",
    /// Warning: a segment with the people of another.
    SameSegment = "Q1107",
    /// Warning: a segment that lies within another.
    WithinSegment = "Q1108",
    /// Note: not all could be decided.
    Undecided = "Q1109",

    /// A step in a sentence that is to become SQL.
    StepInSql = "Q1201",
    /// A condition that an engine can't say exactly.
    NotInSql = "Q1202",
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_in_order() {
        assert!(Code::ALL.is_sorted_by(|a, b| a.id() < b.id()));
    }
}

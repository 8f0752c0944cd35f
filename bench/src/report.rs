//! The table: each figure next to its limit, its goal, and whether the goal was met.

use std::fmt::Write as _;

use crate::stopwatch::median;

/// What a figure must reach.
#[derive(Clone, Copy, Debug)]
pub enum Goal {
    /// The ratio of figure to limit, at least.
    Share(f64),
    /// The figure, at most the limit.
    Limit,
    /// The same, where the limit is three times what the figure can't be below.
    ThreeTimesLeast,
    /// None: the ratio is told for comparison.
    None,
}

/// One row, measured in several rounds.
#[derive(Clone, Debug)]
pub struct Row {
    operation: &'static str,
    unit: &'static str,
    limit_is: &'static str,
    goal: Goal,
    rounds: Vec<(f64, f64)>,
}

impl Row {
    /// A row without rounds yet. `limit_is` says what the figure is held against.
    pub const fn new(
        operation: &'static str,
        unit: &'static str,
        limit_is: &'static str,
        goal: Goal,
    ) -> Self {
        Self {
            operation,
            unit,
            limit_is,
            goal,
            rounds: Vec::new(),
        }
    }

    /// A round's figure and limit.
    pub fn add(&mut self, figure: f64, limit: f64) {
        self.rounds.push((figure, limit));
    }

    /// The middle of the ratios of the rounds.
    pub fn ratio(&self) -> f64 {
        median(self.rounds.iter().map(|(figure, limit)| figure / limit).collect())
    }

    /// Whether the goal was met.
    pub fn is_met(&self) -> bool {
        match self.goal {
            Goal::Share(share) => self.ratio() >= share,
            Goal::Limit | Goal::ThreeTimesLeast => self.ratio() <= 1.0,
            Goal::None => true,
        }
    }

    /// Whether the figure is better than its limit allows: then something else disturbed the limit, and the ratio says nothing.
    pub fn is_disturbed(&self) -> bool {
        match self.goal {
            Goal::Share(_) => self.ratio() > 1.0,
            Goal::ThreeTimesLeast => self.ratio() < 1.0 / 3.0,
            Goal::Limit | Goal::None => false,
        }
    }

    fn verdict(&self) -> &'static str {
        if matches!(self.goal, Goal::None) {
            return "";
        }
        match (self.is_disturbed(), self.is_met()) {
            (true, _) => "**unclear**: the limit was disturbed",
            (false, true) => "met",
            (false, false) => "**not met**",
        }
    }

    fn line(&self) -> String {
        let figure = median(self.rounds.iter().map(|(figure, _)| *figure).collect());
        let limit = median(self.rounds.iter().map(|(_, limit)| *limit).collect());
        let ratios: Vec<f64> = self.rounds.iter().map(|(figure, limit)| figure / limit).collect();
        let least = ratios.iter().copied().fold(f64::INFINITY, f64::min);
        let most = ratios.iter().copied().fold(0.0, f64::max);
        let goal = match self.goal {
            Goal::Share(share) => format!("≥ {share}"),
            Goal::Limit | Goal::ThreeTimesLeast => "≤ 1".to_owned(),
            Goal::None => "none".to_owned(),
        };
        format!(
            "| {} | {} {} | {} {} ({}) | {:.2} ({least:.2} to {most:.2}) | {goal} | {} |",
            self.operation,
            number(figure),
            self.unit,
            number(limit),
            self.unit,
            self.limit_is,
            self.ratio(),
            self.verdict(),
        )
    }
}

/// The page.
pub fn page(facts: &[(&str, String)], rows: &[Row], notes: &str) -> String {
    let mut page = String::from(
        "# Results\n\nWritten by `make bench`; [README.md](README.md) says what is measured and how.\n\n",
    );
    page.push_str(&table(rows));
    page.push_str("\nFigures, limits and ratios are the middle ones of the rounds; in brackets the least and the greatest ratio.\n");
    page.push_str("\n| | |\n|---|---|\n");
    for (name, fact) in facts {
        writeln!(page, "| {name} | {fact} |").expect("a string takes everything");
    }
    page.push('\n');
    page.push_str(notes);
    page
}

/// The rows alone.
pub fn table(rows: &[Row]) -> String {
    let head = "| operation | figure | limit in the same run | ratio (rounds) | goal | |\n|---|---|---|---|---|---|\n";
    let mut table = head.to_owned();
    for row in rows {
        table.push_str(&row.line());
        table.push('\n');
    }
    table
}

fn number(value: f64) -> String {
    if value >= 100.0 {
        format!("{value:.0}")
    } else {
        format!("{value:.2}")
    }
}

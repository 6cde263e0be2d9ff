//! Arcs → tracks beside a lane, the short ones near it; and where on its track the label of an arc stands.

/// The track of each interval, from 0; those on one track are apart.
pub(super) fn tracks(intervals: &[[i32; 2]]) -> Vec<usize> {
    const APART: i32 = 6;
    let mut order: Vec<usize> = (0..intervals.len()).collect();
    order.sort_by_key(|place| intervals[*place][1] - intervals[*place][0]);
    let mut taken: Vec<Vec<[i32; 2]>> = Vec::new();
    let mut found = vec![0; intervals.len()];
    for place in order {
        let [start, end] = intervals[place];
        let is_free = |track: &Vec<[i32; 2]>| track.iter().all(|[a, b]| *b + APART <= start || end + APART <= *a);
        let track = taken.iter().position(is_free).unwrap_or(taken.len());
        if track == taken.len() {
            taken.push(Vec::new());
        }
        taken[track].push([start, end]);
        found[place] = track;
    }
    found
}

/// The middle of a label of this length between two ends, away from what crosses, as near to the middle as it can.
pub(super) fn middle([start, end]: [i32; 2], length: i32, crossing: &[i32]) -> i32 {
    let (half, centre) = (length / 2 + 4, i32::midpoint(start, end));
    let is_free = |x: i32| crossing.iter().all(|line| (line - x).abs() > half);
    let room = (end - start) / 2 - half;
    let steps = (0..=room.max(0)).step_by(4).flat_map(|step| [centre - step, centre + step]);
    steps.into_iter().find(|x| is_free(*x)).unwrap_or(centre)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_arcs_lie_within_long_ones() {
        assert_eq!(tracks(&[[0, 100], [20, 60], [70, 90], [0, 30]]), [2, 1, 0, 0]);
    }

    #[test]
    fn a_label_keeps_away_from_lines() {
        assert_eq!(middle([0, 100], 20, &[]), 50);
        assert_eq!(middle([0, 100], 20, &[50]), 34);
    }
}

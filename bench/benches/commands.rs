//! Store commands one by one, for comparing two versions of the code on one machine.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use keyturn_bench::embedded::Embedded;
use keyturn_bench::raw::Raw;
use keyturn_bench::stopwatch::time;

fn rotate(criterion: &mut Criterion) {
    let (mut raw, mut ours) = (Raw::new(), Embedded::new());
    let mut group = criterion.benchmark_group("rotate");
    group.sample_size(10);
    for requesters in [1_usize, 16, 64] {
        group.throughput(Throughput::Elements(u64::try_from(requesters).unwrap_or(1)));
        group.bench_function(format!("ours/{requesters}"), |bencher| {
            bencher.iter_custom(|times| {
                time(|| ours.rotate(requesters, usize::try_from(times).unwrap_or(usize::MAX)))
            });
        });
        group.bench_function(format!("raw/{requesters}"), |bencher| {
            bencher.iter_custom(|times| {
                time(|| raw.swap(usize::try_from(times).unwrap_or(usize::MAX), requesters))
            });
        });
    }
    group.finish();
    criterion.bench_function("find_session", |bencher| bencher.iter(|| ours.find()));
}

criterion_group!(commands, rotate);
criterion_main!(commands);

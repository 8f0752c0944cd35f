//! What a thief of the database has: nothing that can be presented.

use keyturn_testkit::fixtures::World;
use tokio_postgres::SimpleQueryMessage;

use super::Place;
use crate::block_on;
use crate::dump::Secrets;

#[test]
fn no_column_of_a_dump_can_be_presented() {
    block_on(async {
        let (place, world) = (Place::new().await, World::new(8));
        let secrets = Secrets::put_into(&place.open().await, &world).await;
        secrets.assert_not_in(&dump(&place).await, &world);
    });
}

/// Every value of every column of every table, bytes as they are.
async fn dump(place: &Place) -> Vec<Vec<u8>> {
    let raw = place.raw().await;
    let tables = "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public'";
    let mut values = Vec::new();
    for table in raw.query(tables, &[]).await.unwrap() {
        let select = format!("SELECT * FROM {}", table.get::<_, String>(0));
        for message in raw.simple_query(&select).await.unwrap() {
            let SimpleQueryMessage::Row(row) = message else {
                continue;
            };
            let columns = (0..row.len()).filter_map(|column| row.get(column));
            values.extend(columns.map(bytes));
        }
    }
    values
}

/// A value in the server's spelling, which writes bytes as `\x…`.
fn bytes(text: &str) -> Vec<u8> {
    let digits = text.strip_prefix("\\x").map(str::as_bytes).unwrap_or_default();
    if digits.is_empty() {
        return text.as_bytes().to_vec();
    }
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

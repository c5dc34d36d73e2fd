-- A file of the first version had no list of what its entries touched: made again, from all of them.
DELETE FROM touched;

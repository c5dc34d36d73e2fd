-- A role that comes with a catalog is called by its platform and key, as several catalogs have roles of one key.
UPDATE role SET key = platform || '/' || key WHERE builtin = 1 AND platform NOT IN ('wix', 'wordpress') AND instr(key, '/') = 0;

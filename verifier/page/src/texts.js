// Every text of the page: [English, German]. `{name}` is a fact, `{d:name}` one shown as a date, `{s:name}` as a
// duration. Keys with a colon are `statement:code` of docs/receipt.md.

export const TEXTS = {
  title: ['Check a receipt', 'Beleg prüfen'],
  lead: [
    'A receipt proves what was recorded about a complaint, and when. This page checks it on your device, without any connection.',
    'Ein Beleg beweist, was wann zu einer Beschwerde aufgezeichnet wurde. Diese Seite prüft ihn auf Ihrem Gerät, ohne jede Verbindung.',
  ],
  drop: ['You can also drop files anywhere on this page.', 'Sie können Dateien auch auf diese Seite ziehen.'],
  'drop-here': ['Drop the files to check them', 'Dateien zum Prüfen hier ablegen'],
  files: ['1. Files', '1. Dateien'],
  receipt: ['Receipt', 'Beleg'],
  'receipt-file-hint': ['The file that ends in .receipt.json', 'Die Datei mit der Endung .receipt.json'],
  evidence: ['Evidence files (optional)', 'Beweisdateien (freiwillig)'],
  'evidence-file-hint': [
    'The originals, to see whether they were recorded',
    'Die Originale, um zu sehen, ob sie aufgezeichnet wurden',
  ],
  trust: ['2. What you trust', '2. Worauf Sie vertrauen'],
  'trust-lead': [
    'A receipt cannot vouch for itself. Take these values from a source other than the operator: a notary, a block explorer, your own notes.',
    'Ein Beleg kann sich nicht selbst bestätigen. Nehmen Sie diese Werte aus einer anderen Quelle als der Beschwerdestelle: Notariat, Block-Explorer, eigene Notizen.',
  ],
  blocks: ['Hash of a block', 'Hash eines Blocks'],
  'blocks-hint': [
    '0x and 64 digits; several with spaces between them',
    '0x und 64 Ziffern; mehrere mit Leerzeichen getrennt',
  ],
  'blocks-wrong': [
    'This is not a block hash: 0x and 64 digits from 0 to f.',
    'Das ist kein Block-Hash: 0x und 64 Ziffern von 0 bis f.',
  ],
  contract: ['Published address of the contract (optional)', 'Veröffentlichte Adresse des Vertrags (freiwillig)'],
  'contract-hint': ['0x and 40 digits', '0x und 40 Ziffern'],
  'contract-wrong': [
    'This is not an address: 0x and 40 digits from 0 to f.',
    'Das ist keine Adresse: 0x und 40 Ziffern von 0 bis f.',
  ],
  'trust-file': [
    'Trust file, deployment file or witness policy (optional)',
    'Vertrauensdatei, Vertragsdatei oder Zeugenregel (freiwillig)',
  ],
  'trust-file-wrong': [
    'Not a trust file, deployment file or policy: {name}',
    'Keine Vertrauensdatei, Vertragsdatei oder Zeugenregel: {name}',
  ],
  more: ['More', 'Mehr'],
  require: ['Statements that must be proved too', 'Aussagen, die ebenfalls bewiesen sein müssen'],
  'require-hint': [
    'Ids such as identity or promise/1, with spaces between them',
    'Kennungen wie identity oder promise/1, mit Leerzeichen getrennt',
  ],
  hashing: ['Reading {name} …', '{name} wird gelesen …'],
  unreadable: ['The file cannot be read: {name}', 'Die Datei ist nicht lesbar: {name}'],
  result: ['Result', 'Ergebnis'],
  'verdict:PROVED': ['Proved', 'Bewiesen'],
  'verdict:CONTRADICTED': ['Contradicted', 'Widerlegt'],
  'verdict:BROKEN': ['Damaged or forged', 'Beschädigt oder gefälscht'],
  'verdict:UNKNOWN': ['Not decided', 'Nicht entschieden'],
  'says:PROVED': [
    'The {links} entries below are all that the contract held for this complaint at {d:time}. None is missing, added, changed or back-dated.',
    'Die {links} Einträge unten sind alle, die der Vertrag am {d:time} zu dieser Beschwerde enthielt. Keiner fehlt, keiner wurde hinzugefügt, geändert oder rückdatiert.',
  ],
  'says:absent': [
    'At {d:time}, nothing was recorded under the id of this complaint.',
    'Am {d:time} war unter der Kennung dieser Beschwerde nichts aufgezeichnet.',
  ],
  'says:CONTRADICTED': [
    'The proofs are sound, and they say something other than this file or than what you expect:',
    'Die Beweise sind gültig, besagen aber anderes als diese Datei oder als Sie erwarten:',
  ],
  'says:BROKEN': [
    'This file is damaged or was tampered with. That says nothing about the operator. Ask for the file again.',
    'Diese Datei ist beschädigt oder wurde verändert. Das sagt nichts über die Beschwerdestelle. Fordern Sie die Datei erneut an.',
  ],
  'says:UNKNOWN': ['Something is missing that would decide it:', 'Für eine Entscheidung fehlt etwas:'],
  'says:no-block': [
    'Nothing that you trust confirms a block of this receipt. Compare a hash under “Compare by hand” with a source that you trust, and enter it above.',
    'Nichts, worauf Sie vertrauen, bestätigt einen Block dieses Belegs. Vergleichen Sie einen Hash unter „Von Hand vergleichen“ mit einer vertrauenswürdigen Quelle und tragen Sie ihn oben ein.',
  ],
  'rests:given': [
    'This holds if block {hash} is a block of chain {chain}, as you entered.',
    'Dies gilt, wenn Block {hash}, wie von Ihnen angegeben, ein Block der Kette {chain} ist.',
  ],
  'rests:rpc': [
    'This holds if {by} told the truth: they say that it is block {number} of chain {chain}, and final.',
    'Dies gilt, wenn {by} die Wahrheit sagen: Es sei Block {number} der Kette {chain}, und endgültig.',
  ],
  'rests:signed': [
    'This holds if {by} signed the truth about block {number} of chain {chain}.',
    'Dies gilt, wenn {by} über Block {number} der Kette {chain} die Wahrheit unterschrieben haben.',
  ],
  'rests:era': [
    'This holds if your anchor of period {by} is of the finalised history of chain {chain}.',
    'Dies gilt, wenn Ihr Anker der Periode {by} zur endgültigen Geschichte der Kette {chain} gehört.',
  ],
  'rests:ancestor': [
    'This holds if the later block {by}, which you trust, is a block of chain {chain}.',
    'Dies gilt, wenn der spätere Block {by}, dem Sie vertrauen, ein Block der Kette {chain} ist.',
  ],
  'rests:contract': [
    'And if {contract} is the operator’s contract. Compare this address with the published one.',
    'Und wenn {contract} der Vertrag der Beschwerdestelle ist. Vergleichen Sie diese Adresse mit der veröffentlichten.',
  ],
  'rests:published': [
    'The contract is the published one that you entered.',
    'Der Vertrag ist der veröffentlichte, den Sie angegeben haben.',
  ],
  compare: ['Compare by hand', 'Von Hand vergleichen'],
  'compare-lead': [
    'Each value must be the same in the independent source, digit by digit.',
    'Jeder Wert muss mit der unabhängigen Quelle Ziffer für Ziffer übereinstimmen.',
  ],
  chain: ['Chain id', 'Kennung der Kette'],
  'contract-name': ['Contract', 'Vertrag'],
  complaint: ['Complaint', 'Beschwerde'],
  block: ['Block {number}, {d:time}', 'Block {number}, {d:time}'],
  command: ['To ask a node: {command}', 'Abfrage an einem Knoten: {command}'],
  timeline: ['Course of the complaint', 'Verlauf der Beschwerde'],
  'clock-picture': ['Clock of the deadline from {d:from} to {d:to}', 'Uhr der Frist vom {d:from} bis zum {d:to}'],
  running: ['in time', 'in der Frist'],
  late: ['past a deadline', 'Frist überschritten'],
  stopped: ['clock stopped', 'Uhr angehalten'],
  free: ['no deadline', 'ohne Frist'],
  deadline: ['Deadline {d:deadline}', 'Frist bis {d:deadline}'],
  left: ['Clock stopped with {s:left} left', 'Uhr angehalten, Rest {s:left}'],
  'no-deadline': ['No deadline', 'Keine Frist'],
  level: ['escalation level {level}', 'Eskalationsstufe {level}'],
  'not-covered': ['not confirmed by a trusted block', 'von keinem vertrauten Block bestätigt'],
  content: ['What was recorded', 'Was aufgezeichnet wurde'],
  stop: ['{status} for {s:seconds} (entries {from} to {to})', '{status}: {s:seconds} (Einträge {from} bis {to})'],
  'stop-open': ['{status} since entry {from}', '{status} seit Eintrag {from}'],
  stops: ['When the clock stood still', 'Wann die Uhr stand'],
  by: ['by {actor}', 'von {actor}'],
  statements: ['All statements', 'Alle Aussagen'],
  'proved-count': ['Proved statements: {count}', 'Bewiesene Aussagen: {count}'],
  technical: ['For experts: the verdict as JSON', 'Für Fachleute: das Ergebnis als JSON'],
  ignored: [
    'Parts of the file that this page does not know were ignored: {names}',
    'Teile der Datei, die diese Seite nicht kennt, blieben unbeachtet: {names}',
  ],
  print: ['Print for the case file', 'Für die Akte drucken'],
  save: ['Save the verdict', 'Ergebnis speichern'],
  checked: [
    'Checked {d:now} by this device’s clock. Receipt: {name}, SHA-256 {sha256}.',
    'Geprüft {d:now} nach der Uhr dieses Geräts. Beleg: {name}, SHA-256 {sha256}.',
  ],

  objection: ['Object', 'Widersprechen'],
  'objection-lead': [
    'If your complaint was filed with a key of yours, you can sign an objection that nobody can refuse to record. The key never leaves this device.',
    'Wurde Ihre Beschwerde mit einem eigenen Schlüssel eingereicht, können Sie einen Widerspruch unterschreiben, dessen Aufzeichnung niemand verweigern kann. Der Schlüssel bleibt auf diesem Gerät.',
  ],
  'key-make': ['Make a key for a new complaint', 'Schlüssel für eine neue Beschwerde erzeugen'],
  'key-made': [
    'File your complaint with the address {address}. Save the key before you close this page, and keep it secret: without it, nobody can object.',
    'Reichen Sie Ihre Beschwerde mit der Adresse {address} ein. Speichern Sie den Schlüssel, bevor Sie die Seite schließen, und halten Sie ihn geheim: Ohne ihn kann niemand widersprechen.',
  ],
  'key-save': ['Save the key', 'Schlüssel speichern'],
  key: ['Your key', 'Ihr Schlüssel'],
  'key-hint': ['64 digits', '64 Ziffern'],
  'key-file': ['or the key’s file', 'oder die Schlüsseldatei'],
  'key-wrong': ['This is not a key: 64 digits from 0 to f.', 'Das ist kein Schlüssel: 64 Ziffern von 0 bis f.'],
  'key-other': [
    'This key has the address {address}. The complaint was filed with {complainant}.',
    'Dieser Schlüssel hat die Adresse {address}. Die Beschwerde wurde mit {complainant} eingereicht.',
  ],
  'no-filing': [
    'Choose a receipt that discloses the tracking id and the filing.',
    'Wählen Sie einen Beleg, der Vorgangsnummer und Einreichung offenlegt.',
  ],
  'no-complainant': [
    'This complaint was filed without a key. Nobody can object to it.',
    'Diese Beschwerde wurde ohne Schlüssel eingereicht. Niemand kann ihr widersprechen.',
  ],
  text: ['Your objection', 'Ihr Widerspruch'],
  'text-hint': [
    '1 to 5,000 characters. Only its fingerprint becomes public.',
    '1 bis 5.000 Zeichen. Öffentlich wird nur sein Fingerabdruck.',
  ],
  'text-wrong': ['The objection has 1 to 5,000 characters.', 'Der Widerspruch hat 1 bis 5.000 Zeichen.'],
  number: ['Objections recorded so far', 'Bisher aufgezeichnete Widersprüche'],
  'number-wrong': ['A number from 0 to 254.', 'Eine Zahl von 0 bis 254.'],
  cite: [
    'Refer to the operator’s signed promises in this receipt',
    'Auf die unterschriebenen Zusagen in diesem Beleg verweisen',
  ],
  sign: ['Sign and save the objection', 'Widerspruch unterschreiben und speichern'],
  signed: [
    'Signed: {file}. Hand this file in, and keep a copy: nobody else can show what you said.',
    'Unterschrieben: {file}. Reichen Sie diese Datei ein und behalten Sie eine Kopie: Nur damit lässt sich zeigen, was Sie gesagt haben.',
  ],
  footer: [
    'The record is proved, not that what was recorded is true.',
    'Bewiesen wird die Aufzeichnung, nicht die Wahrheit des Aufgezeichneten.',
  ],

  'unit:d': ['d', 'T'],
  'unit:h': ['h', 'Std.'],
  'unit:m': ['min', 'Min.'],
  'unit:s': ['s', 'Sek.'],

  'kind:CREATED': ['Filed', 'Eingereicht'],
  'kind:ASSIGNED': ['Assigned', 'Zugewiesen'],
  'kind:STATUS_UPDATED': ['Updated', 'Aktualisiert'],
  'kind:COMMENTED': ['Comment', 'Kommentar'],
  'kind:RESOLVED': ['Resolved', 'Erledigt'],
  'kind:REJECTED': ['Rejected', 'Abgelehnt'],
  'kind:CLOSED': ['Closed', 'Geschlossen'],
  'kind:REOPENED': ['Reopened', 'Wieder geöffnet'],
  'kind:EVIDENCE_ANCHORED': ['Evidence recorded', 'Beweis aufgezeichnet'],
  'kind:SLA_DEADLINE_SET': ['Deadline set', 'Frist gesetzt'],
  'kind:SLA_PAUSED': ['Put on hold', 'Angehalten'],
  'kind:SLA_RESUMED': ['Resumed', 'Fortgesetzt'],
  'kind:ESCALATED': ['Missed deadline recorded', 'Fristversäumnis aufgezeichnet'],
  'kind:OBJECTED': ['Objection of the complainant', 'Widerspruch der beschwerdeführenden Person'],
  'kind:ERASED': ['Content erased', 'Inhalt gelöscht'],
  'kind:NOTED': ['Note', 'Vermerk'],
  'status:OPEN': ['open', 'offen'],
  'status:ON_HOLD': ['on hold', 'angehalten'],
  'status:RESOLVED': ['resolved', 'erledigt'],
  'status:CLOSED': ['closed', 'geschlossen'],

  'receipt:encoding': [
    'The file is neither UTF-8 nor UTF-16 text, or longer than 16 MiB.',
    'Die Datei ist kein Text in UTF-8 oder UTF-16, oder länger als 16 MiB.',
  ],
  'receipt:json': ['The file is not valid JSON.', 'Die Datei ist kein gültiges JSON.'],
  'receipt:format': ['The file is not a receipt.', 'Die Datei ist kein Beleg.'],
  'receipt:shape': ['The file does not have the form of a receipt.', 'Die Datei hat nicht die Form eines Belegs.'],
  'receipt:newer-version': [
    'The receipt has a newer version. Use a newer page.',
    'Der Beleg hat eine neuere Version. Verwenden Sie eine neuere Seite.',
  ],
  'receipt:unknown-critical': [
    'The receipt has a part that only a newer page understands.',
    'Der Beleg enthält etwas, das nur eine neuere Seite versteht.',
  ],
  'deployment:as-published': [
    'Chain and contract are those that you expect.',
    'Kette und Vertrag sind die erwarteten.',
  ],
  'deployment:differs': [
    'The receipt is about another deployment than you expect. Different: {members}.',
    'Der Beleg betrifft einen anderen Vertrag als erwartet. Abweichend: {members}.',
  ],
  'deployment:not-given': [
    'You named no contract to compare with.',
    'Sie haben keinen Vertrag zum Vergleich angegeben.',
  ],
  'identity:id-matches': [
    'The complaint’s id is that of the disclosed tracking id and filing.',
    'Die Kennung der Beschwerde gehört zur offengelegten Vorgangsnummer und Einreichung.',
  ],
  'id-differs': [
    'The disclosed tracking id and filing give another id than this complaint’s.',
    'Offengelegte Vorgangsnummer und Einreichung ergeben eine andere Kennung als die dieser Beschwerde.',
  ],
  'identity:not-disclosed': ['The tracking id is not disclosed.', 'Die Vorgangsnummer ist nicht offengelegt.'],
  'header:given': ['This is a block that you trust.', 'Diesem Block vertrauen Sie.'],
  'header:rpc': [
    'The nodes {by} say that it is this block, and final.',
    'Die Knoten {by} nennen diesen Block endgültig.',
  ],
  'header:signed': ['{by} signed that it is this block.', '{by} haben diesen Block unterschrieben.'],
  'header:era': [
    'It is in the finalised history that your anchor of period {by} stands for.',
    'Er liegt in der endgültigen Geschichte, für die Ihr Anker der Periode {by} steht.',
  ],
  'header:ancestor': [
    'It leads to the later block {by}, which you trust.',
    'Er führt zum späteren Block {by}, dem Sie vertrauen.',
  ],
  'header:other-block': [
    'The nodes that you asked name another block under this number.',
    'Die befragten Knoten nennen unter dieser Nummer einen anderen Block.',
  ],
  'header:not-trusted': [
    'Nothing that you trust confirms this block ({hash}).',
    'Nichts, worauf Sie vertrauen, bestätigt diesen Block ({hash}).',
  ],
  'code:release': [
    'The contract runs the code of release {version}, with the parameters of the receipt.',
    'Der Vertrag hat den Code der Version {version} mit den Parametern des Belegs.',
  ],
  'code:unknown-code': [
    'The contract’s code is of no release that this page knows.',
    'Der Code des Vertrags gehört zu keiner Version, die diese Seite kennt.',
  ],
  'state:recorded': [
    'The contract held {event_count} entries of this complaint; status: {status}.',
    'Der Vertrag enthielt {event_count} Einträge zu dieser Beschwerde; Status: {status}.',
  ],
  'state:nothing': [
    'The contract held nothing about this complaint.',
    'Der Vertrag enthielt nichts zu dieser Beschwerde.',
  ],
  'state:impossible': [
    'The contract’s storage has a value that its code cannot write.',
    'Der Speicher des Vertrags enthält einen Wert, den sein Code nicht schreiben kann.',
  ],
  'state:proof': ['The storage proof is damaged or forged.', 'Der Speicherbeweis ist beschädigt oder gefälscht.'],
  'absent:absent': ['Nothing was recorded at {d:time}.', 'Am {d:time} war nichts aufgezeichnet.'],
  'complete:complete': [
    'The {links} entries shown are all there were.',
    'Die {links} gezeigten Einträge sind alle, die es gab.',
  ],
  'prefix:prefix': [
    'The first {links} entries shown are all there were: one history.',
    'Die ersten {links} gezeigten Einträge sind alle, die es gab: eine Geschichte.',
  ],
  'links-differ': [
    'The entries shown are not those on the chain: one or more are missing, added, moved, changed or back-dated.',
    'Die gezeigten Einträge sind nicht die der Kette: Mindestens einer fehlt, ist hinzugefügt, verschoben, geändert oder rückdatiert.',
  ],
  unlawful: [
    'An entry shown could not have been written by the contract.',
    'Ein gezeigter Eintrag kann nicht vom Vertrag stammen.',
  ],
  'state-differs': [
    'Status or deadline do not follow from the entries shown.',
    'Status oder Frist folgen nicht aus den gezeigten Einträgen.',
  ],
  'later-link': [
    'An entry has a later time than the block that contains it.',
    'Ein Eintrag hat eine spätere Zeit als der Block, der ihn enthält.',
  ],
  'more:more': [
    'There were {links} entries, but only {shown} are shown. The others are withheld, or newer than this file.',
    'Es gab {links} Einträge, gezeigt sind nur {shown}. Die übrigen werden zurückgehalten oder sind neuer als diese Datei.',
  ],
  'clock:running': ['In time. The deadline is {d:deadline}.', 'In der Frist. Sie läuft bis {d:deadline}.'],
  'clock:overdue': [
    'Overdue since {d:since}. Missed deadlines not yet on record: {unrecorded}.',
    'Überfällig seit {d:since}. Noch nicht aufgezeichnete Versäumnisse: {unrecorded}.',
  ],
  'clock:held': ['The complaint is on hold; the clock stands still.', 'Die Beschwerde ruht; die Uhr steht.'],
  'clock:stopped': ['The complaint is settled; the clock stands still.', 'Die Beschwerde ist erledigt; die Uhr steht.'],
  'clock:none': ['No deadline is running.', 'Es läuft keine Frist.'],
  'anchored:anchored': [
    'The evidence was recorded {d:time} as entry {sequence}.',
    'Der Beweis wurde {d:time} als Eintrag {sequence} aufgezeichnet.',
  ],
  'anchor-differs': [
    'The contract’s record of this evidence is not what the entries say.',
    'Was der Vertrag über diesen Beweis enthält, sagen die Einträge anders.',
  ],
  'unanchored:unanchored': ['This evidence was not recorded.', 'Dieser Beweis war nicht aufgezeichnet.'],
  'registry:registry': ['The registry held {count} complaints.', 'Das Register enthielt {count} Beschwerden.'],
  'role:held': ['The account had the right to record this.', 'Das Konto hatte das Recht, dies aufzuzeichnen.'],
  'role:not-held': ['The account did not have this right.', 'Das Konto hatte dieses Recht nicht.'],
  'content:opened': ['The disclosed content is the recorded one.', 'Der offengelegte Inhalt ist der aufgezeichnete.'],
  'content:payload-differs': [
    'The disclosed content is not the recorded one.',
    'Der offengelegte Inhalt ist nicht der aufgezeichnete.',
  ],
  'content:type-differs': [
    'The content was recorded as something of another kind.',
    'Der Inhalt wurde als etwas anderer Art aufgezeichnet.',
  ],
  'content:not-disclosed': ['The content is not disclosed.', 'Der Inhalt ist nicht offengelegt.'],
  'content:not-covered': [
    'The content fits its entry, but no trusted block confirms the entry.',
    'Der Inhalt passt zum Eintrag, aber kein vertrauter Block bestätigt den Eintrag.',
  ],
  witnessed: ['The operator’s system witnessed it.', 'Das System der Beschwerdestelle war Zeuge.'],
  imported: [
    'It was imported: the operator’s system did not witness it.',
    'Es wurde importiert: Das System der Beschwerdestelle war nicht Zeuge.',
  ],
  'recorded-after': [
    'It was recorded {s:recorded_after} after it happened, by the operator’s clock.',
    'Aufgezeichnet {s:recorded_after} nach dem Ereignis, nach der Uhr der Beschwerdestelle.',
  ],
  'promise:kept': [
    'The promise was kept: recorded {d:time} as entry {sequence}.',
    'Die Zusage wurde gehalten: aufgezeichnet {d:time} als Eintrag {sequence}.',
  ],
  'promise:open': [
    'The promise was open at {d:time}: nothing was recorded under it yet.',
    'Die Zusage war am {d:time} offen: Noch war dazu nichts aufgezeichnet.',
  ],
  'promise:expired': [
    'The promise expired before {d:time} without being recorded.',
    'Die Zusage verfiel vor dem {d:time}, ohne aufgezeichnet zu sein.',
  ],
  'promise:void': [
    'The key lost its right before {d:time}; nobody can record the promise any more.',
    'Der Schlüssel verlor sein Recht vor dem {d:time}; niemand kann die Zusage mehr aufzeichnen.',
  ],
  'promise:contradicted': [
    'Something else was recorded than was promised.',
    'Aufgezeichnet wurde etwas anderes als zugesagt.',
  ],
  'promise:exchanged': [
    'The filing that was promised does not give this complaint’s id: it was exchanged.',
    'Die zugesagte Einreichung ergibt nicht die Kennung dieser Beschwerde: Sie wurde ausgetauscht.',
  ],
  'promise:recorded': [
    'Acknowledged, and recorded {s:after} later as entry {sequence}.',
    'Bestätigt und {s:after} später als Eintrag {sequence} aufgezeichnet.',
  ],
  'promise:not-recorded': [
    'Acknowledged, and not recorded by {d:time}, {s:since} later.',
    'Bestätigt und bis {d:time}, {s:since} später, nicht aufgezeichnet.',
  ],
  'promise:signature': [
    'The signature is not that of the named key. Whether a contract signed cannot be judged offline.',
    'Die Unterschrift ist nicht die des genannten Schlüssels. Ob ein Vertrag unterschrieb, lässt sich offline nicht beurteilen.',
  ],
  'promise:role-not-shown': [
    'Nothing in this file shows that the signer is the operator’s.',
    'Nichts in dieser Datei zeigt, dass der Unterzeichner zur Beschwerdestelle gehört.',
  ],
  'promise:opening-differs': [
    'The disclosed content is not what was promised.',
    'Der offengelegte Inhalt ist nicht der zugesagte.',
  ],
  'promise:other-head': [
    'It was signed for other earlier entries.',
    'Sie wurde zu anderen früheren Einträgen unterschrieben.',
  ],
  'promise:incomplete': [
    'The entries that would decide it are missing.',
    'Die Einträge, die darüber entscheiden, fehlen.',
  ],
  'delay:delay': [
    'Accepted {d:accepted}, still not recorded {d:absent_at}: a delay of at least {s:at_least}.',
    'Angenommen {d:accepted}, am {d:absent_at} noch nicht aufgezeichnet: mindestens {s:at_least} Verzug.',
  ],
  'file:of-link': ['This file is the evidence of entry {link}.', 'Diese Datei ist der Beweis von Eintrag {link}.'],
  'file:not-recorded': [
    'This file was not recorded with this complaint.',
    'Diese Datei wurde zu dieser Beschwerde nicht aufgezeichnet.',
  ],
  'file:not-disclosed': [
    'Whether this file was recorded is not disclosed.',
    'Ob diese Datei aufgezeichnet wurde, ist nicht offengelegt.',
  ],
  'file:not-covered': [
    'The file fits an entry, but no trusted block confirms the entry.',
    'Die Datei passt zu einem Eintrag, aber kein vertrauter Block bestätigt den Eintrag.',
  ],
  'proof:header': ['The block header is damaged.', 'Der Blockkopf ist beschädigt.'],
  'proof:unknown-kind': [
    'The proof is of a kind that this page does not know.',
    'Der Beweis ist von einer Art, die diese Seite nicht kennt.',
  ],
  'header-not-trusted': [
    'Nothing that you trust confirms this block.',
    'Nichts, worauf Sie vertrauen, bestätigt diesen Block.',
  ],
  'unknown-code': [
    'The contract’s code is not known to this page.',
    'Der Code des Vertrags ist dieser Seite nicht bekannt.',
  ],

  'name:receipt': ['File', 'Datei'],
  'name:deployment': ['Contract', 'Vertrag'],
  'name:identity': ['Identity', 'Identität'],
  'name:header': ['Block', 'Block'],
  'name:code': ['Code', 'Code'],
  'name:state': ['Storage', 'Speicher'],
  'name:absent': ['Absence', 'Abwesenheit'],
  'name:complete': ['Completeness', 'Vollständigkeit'],
  'name:prefix': ['Earlier history', 'Frühere Geschichte'],
  'name:more': ['More entries', 'Weitere Einträge'],
  'name:clock': ['Clock', 'Uhr'],
  'name:anchored': ['Evidence', 'Beweis'],
  'name:registry': ['Register', 'Register'],
  'name:role': ['Right to record', 'Recht zur Aufzeichnung'],
  'name:content': ['Content', 'Inhalt'],
  'name:promise': ['Promise', 'Zusage'],
  'name:delay': ['Delay', 'Verzug'],
  'name:file': ['Evidence file', 'Beweisdatei'],
  'name:proof': ['Proof', 'Beweis'],
};

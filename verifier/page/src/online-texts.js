// Texts of verify-online.html only, as in texts.js.

export const ONLINE_TEXTS = {
  lead: [
    'A receipt proves what was recorded about a complaint, and when. This page checks it on your device. It asks the nodes that you name for block headers, and for nothing else.',
    'Ein Beleg beweist, was wann zu einer Beschwerde aufgezeichnet wurde. Diese Seite prüft ihn auf Ihrem Gerät. Sie fragt die von Ihnen genannten Knoten nach Blockköpfen, nach sonst nichts.',
  ],
  'nodes-lead': [
    'You can ask nodes instead. They learn which blocks you ask for, and not which complaint.',
    'Sie können stattdessen Knoten fragen. Diese erfahren, welche Blöcke Sie abfragen, nicht welche Beschwerde.',
  ],
  nodes: ['Addresses of nodes', 'Adressen von Knoten'],
  'nodes-hint': [
    'https:// addresses of different providers, with spaces between them',
    'https://-Adressen verschiedener Anbieter, mit Leerzeichen getrennt',
  ],
  'nodes-wrong': [
    'Give https:// addresses, each of another host.',
    'Geben Sie https://-Adressen an, jede von einem anderen Anbieter.',
  ],
  quorum: ['How many must agree', 'Wie viele übereinstimmen müssen'],
  'quorum-wrong': ['A number from 1 to 100.', 'Eine Zahl von 1 bis 100.'],
  ask: ['Ask the nodes', 'Knoten fragen'],
  asking: ['The nodes are asked …', 'Die Knoten werden gefragt …'],
  answered: [
    '{count} of {of} nodes answered. Without an answer: {silent}',
    '{count} von {of} Knoten haben geantwortet. Ohne Antwort: {silent}',
  ],
};
